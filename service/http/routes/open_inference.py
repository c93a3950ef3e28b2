"""`/v2`: the Open Inference Protocol's REST half, as KServe's and Triton's clients speak it.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md, and Triton's extensions of
it: binary tensor data, model configuration, statistics and the index of the repository. A model has one input,
`latent`, full vectors; one output, `images`; and one version.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from latent.codes import Latents
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.app_context import AppContext, InAppContext
from service.http.exception_handlers import detached
from service.http.json_body import parse_json
from service.http.open_inference.request_body import HEADER_LENGTH, check_media_type, parse_body
from service.http.open_inference.response_body import InferResponse, encode_response, response_size
from service.http.openapi import inline_schema, problems
from service.http.prepare_generate import SMALL_BODY
from service.http.problems import InvalidJson, JsonTypeRequired, ModelNotFound, NotAlive, NotReady
from service.http.query_parameters import no_query_parameters
from service.http.request_context import InRequestContext
from service.http.request_head import RequestHead
from service.http.server_timing import record_stages, server_timing
from service.open_inference.data_plane import VERSION
from service.open_inference.documents import IndexEntry, ModelConfig, ModelMetadata, ServerMetadata, Statistics
from service.open_inference.infer_request import InferRequest

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_FEW = 2  # images whose numbers are read and written on the event loop

Name = Annotated[str, Path(json_schema_extra={"example": BUNDLED_MODEL})]
Version = Annotated[str, Path(json_schema_extra={"example": VERSION})]


def _model(name: Name, app: InAppContext) -> Model:
    return app.data_plane.model(name)


def _check_version(name: Name, version: Version, app: InAppContext) -> None:
    app.data_plane.model(name, version)


def _known_media_type(request: Request) -> None:
    check_media_type(RequestHead.parse(request.headers.raw).content_type)


NamedModel = Annotated[Model, Depends(_model)]
"""A route's parameter: the model that its path names."""

router = APIRouter(prefix="/v2", tags=["open inference protocol"], dependencies=[Depends(no_query_parameters)])


def of_model(method: str, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
    """Declare a route below a model's path, without a version and with one.

    Metrics and logs name a route by its whole template, which a router that is included twice does not know.
    """

    def declare(endpoint: Endpoint) -> Endpoint:
        needed, answers = options.pop("dependencies", []), problems(ModelNotFound, NotReady)
        options["responses"] = answers | options.pop("responses", {})
        router.add_api_route(f"/models/{{name}}{path}", endpoint, methods=[method], dependencies=needed, **options)
        versioned = f"/models/{{name}}/versions/{{version}}{path}"
        needed = [Depends(_check_version), *needed]
        router.add_api_route(versioned, endpoint, methods=[method], dependencies=needed, **options)
        return endpoint

    return declare


class Live(BaseModel):
    """The process answers."""

    live: bool = True


class Ready(BaseModel):
    """Models are served."""

    ready: bool = True


class ModelReady(Ready):
    """A model is served."""

    name: str


class IndexRequest(BaseModel):
    """Which models of the folder to list."""

    model_config = ConfigDict(strict=True)

    ready: bool = False


@router.get("")
async def server() -> ServerMetadata:
    """The server's name and version."""
    return ServerMetadata()


@router.get("/health/live", responses=problems(NotAlive))
async def live(app: InAppContext) -> Live:
    """Whether the process answers at all, and its inferences come back."""
    if reason := app.repository.not_alive_reason:
        raise NotAlive(reason)
    return Live()


@router.get("/health/ready", responses=problems(NotReady))
async def ready(app: InAppContext) -> Ready:
    """Whether models are served: 503 with the reason where none can be."""
    app.repository.get(None)
    return Ready()


@router.get("/models/stats")
async def all_statistics(app: InAppContext) -> Statistics:
    """What all models have computed since the service started."""
    return await app.run_in_pool(app.data_plane.statistics)


_INDEX_BODY: dict[str, Any] = {
    "content": {
        "application/json": {
            "schema": inline_schema(IndexRequest),
            "examples": {"the models that are served": {"value": {"ready": True}}},
        }
    }
}


@router.post(
    "/repository/index",
    dependencies=[Depends(_known_media_type)],
    responses=problems(InvalidJson, JsonTypeRequired),
    openapi_extra={"requestBody": _INDEX_BODY},
)
async def index(request: Request, app: InAppContext) -> list[IndexEntry]:
    """The models of the folder: those that are served and, unless `ready` is set, those that are not, and why."""
    body = await request.body()
    asked = await app.run(len(body) < SMALL_BODY, detached, parse_json, IndexRequest, body or b"{}")
    return app.data_plane.index(asked.ready)


@of_model("GET", "")
async def metadata(model: NamedModel, app: InAppContext) -> ModelMetadata:
    """A model's input and output."""
    return app.data_plane.metadata(model)


@of_model("GET", "/ready")
async def model_ready(model: NamedModel) -> ModelReady:
    """Whether a model is served."""
    return ModelReady(name=model.card.name)


@of_model("GET", "/config")
async def config(model: NamedModel, app: InAppContext) -> ModelConfig:
    """A model's configuration, as Triton would have it."""
    return app.data_plane.config(model)


@of_model("GET", "/stats")
async def statistics(model: NamedModel, app: InAppContext) -> Statistics:
    """What a model has computed since the service started."""
    return await app.run_in_pool(app.data_plane.statistics, model)


_EXAMPLES: dict[str, Any] = {
    "an image of the bundled model": {
        "value": {
            "inputs": [
                {
                    "name": "latent",
                    "shape": [1, 74],
                    "datatype": "FP32",
                    "data": [0.0] * 62 + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0] + [0.5, 0.0],
                }
            ]
        }
    }
}

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_INFER_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": inline_schema(InferRequest), "examples": _EXAMPLES}},
}

_RESPONSE: dict[str, Any] = {
    "description": "The images: all as JSON or, where the request asks for it, a JSON object and the images' bytes.",
    "content": {"application/json": {"schema": inline_schema(InferResponse)}, "application/octet-stream": _BINARY},
    "headers": {HEADER_LENGTH: {"description": "Bytes of the JSON object.", "schema": {"type": "integer"}}},
}


@of_model(
    "POST",
    "/infer",
    dependencies=[Depends(_known_media_type)],
    response_class=Response,
    responses=problems(InvalidJson, ModelNotFound, JsonTypeRequired, NotReady) | {200: _RESPONSE},
    openapi_extra={"requestBody": _INFER_BODY},
)
async def infer(
    request: Request,
    model: NamedModel,
    app: InAppContext,
    context: InRequestContext,
    header_length: Annotated[
        int | None,
        Header(
            alias=HEADER_LENGTH,
            ge=0,
            description="Bytes of the JSON object, where the tensor follows it as FP32 bytes. 0: the tensor is alone.",
        ),
    ] = None,
) -> Response:
    """Images uint8 `(n, C, H, W)` for full vectors `(n, dim)`. The body may be compressed by gzip or deflate."""
    model.batcher.check_capacity()
    body = await request.body()
    asked, latents = await app.run(len(body) < SMALL_BODY, detached, _read, app, model, body, header_length)
    context.time_limit = asked.time_limit(context.time_limit)
    is_small = len(latents) <= _FEW
    context.hold(app.responses, 0 if is_small else response_size(asked, len(latents) * model.card.image.values))
    result = await context.cancel_on_disconnect(model.batcher.submit(latents, context.remaining))
    began = time.perf_counter()
    content, headers = await app.run(is_small, encode_response, asked, model, result.rows)
    record_stages(app, context, model, result, time.perf_counter() - began)
    return Response(
        content, headers=headers | {"Inkcode-Model": model.version, "Server-Timing": server_timing(context)}
    )


def _read(app: AppContext, model: Model, body: bytes, header_length: int | None) -> tuple[InferRequest, Latents]:
    asked, raw = parse_body(body, header_length, model.card.latent.dim)
    latents = app.data_plane.latents(model, asked, raw)
    return asked.model_copy(update={"inputs": []}), latents  # so that a long list of numbers is freed here
