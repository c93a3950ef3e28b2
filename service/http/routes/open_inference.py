"""`/v2`: the Open Inference Protocol's REST half, as KServe's and Triton's clients speak it.

Source: github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md. A model has one input,
`latent`, full vectors, and one output, `images`; it has no versions to ask for.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Body, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Discriminator, Field, FiniteFloat, Tag

from latent import CodeError, codes
from latent.codes import Latents
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.app_context import InAppContext
from service.http.problems import NotAlive
from service.http.query import json_body, no_query_parameters
from service.http.request_context import InRequestContext
from service.http.schemas import Integer
from service.imaging.arrays import Images

router = APIRouter(prefix="/v2", tags=["open inference protocol"], dependencies=[Depends(no_query_parameters)])

_FEW = 2  # images whose numbers are written on the loop

Name = Annotated[str, Path(json_schema_extra={"example": BUNDLED_MODEL})]
Vector = Annotated[list[FiniteFloat], Field(fail_fast=True)]
Data = Annotated[
    Annotated[Vector, Tag("flat")] | Annotated[list[Vector], Field(fail_fast=True), Tag("rows")],
    Discriminator(
        lambda data: ("rows" if data and isinstance(data[0], list) else "flat") if isinstance(data, list) else None,
        custom_error_type="data",
        custom_error_message="must be a list of numbers, or of rows of them",
    ),
]
Parameters = Annotated[dict[str, Any] | None, Field(description="Taken and not looked at.")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Input(_Part):
    """Full vectors, row by row or one after another."""

    name: Literal["latent"]
    shape: list[Integer] = Field(min_length=2, max_length=2)
    datatype: Literal["FP32"]
    data: Data
    parameters: Parameters = None


class Output(_Part):
    """What is wanted of the model: it has one output."""

    name: Literal["images"]
    parameters: Parameters = None


class InferRequest(_Part):
    """Images for latents."""

    id: str | None = Field(None, max_length=256, description="Comes back with the answer.")
    inputs: list[Input] = Field(min_length=1, max_length=1)
    outputs: list[Output] | None = Field(None, max_length=1)
    parameters: Parameters = None


class Tensor(BaseModel):
    """What goes in or comes out; -1 for any number of images."""

    name: str
    datatype: str
    shape: list[int]


class Metadata(BaseModel):
    """A model as the protocol describes it."""

    name: str
    platform: str
    inputs: list[Tensor]
    outputs: list[Tensor]


class Server(BaseModel):
    """The service as the protocol describes it."""

    name: str = "inkcode"
    version: str = Field(default_factory=lambda: version("inkcode"))
    extensions: list[str] = []


class Live(BaseModel):
    """The process answers."""

    live: bool = True


class Ready(BaseModel):
    """Models are served."""

    ready: bool = True


class ModelReady(Ready):
    """A model is served."""

    name: str


@router.get("")
async def server() -> Server:
    """What serves."""
    return Server()


@router.get("/health/live")
async def live(app: InAppContext) -> Live:
    """Whether the process answers at all, and its inferences come back."""
    if reason := app.repository.not_alive_reason:
        raise NotAlive(reason)
    return Live()


@router.get("/health/ready")
async def ready(app: InAppContext) -> Ready:
    """Whether models are served: 503 with the reason where none can be."""
    app.repository.get(None)
    return Ready()


@router.get("/models/{name}")
async def metadata(name: Name, app: InAppContext) -> Metadata:
    """A model's input and output."""
    card = app.repository.get(name).card
    size = card.image
    images = Tensor(name="images", datatype="UINT8", shape=[-1, size.channels, size.height, size.width])
    latent = Tensor(name="latent", datatype="FP32", shape=[-1, card.latent.dim])
    return Metadata(name=name, platform="onnxruntime_onnx", inputs=[latent], outputs=[images])


@router.get("/models/{name}/ready")
async def model_ready(name: Name, app: InAppContext) -> ModelReady:
    """Whether a model is served."""
    return ModelReady(name=app.repository.get(name).card.name)


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

_NUMBERS = {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}}
_TENSOR = {"type": "object", "required": ["name", "shape", "datatype", "data"], "properties": {"data": _NUMBERS}}
_ANSWER = {
    "type": "object",
    "required": ["model_name", "outputs"],
    "properties": {"id": {"type": "string"}, "outputs": {"type": "array", "items": _TENSOR}},
}


@router.post(
    "/models/{name}/infer",
    dependencies=[Depends(json_body)],
    response_class=Response,
    responses={200: {"description": "The images.", "content": {"application/json": {"schema": _ANSWER}}}},
)
async def infer(
    name: Name,
    body: Annotated[InferRequest, Body(openapi_examples=_EXAMPLES)],
    app: InAppContext,
    context: InRequestContext,
) -> Response:
    """Images uint8 `(n, C, H, W)` for full vectors `(n, dim)`."""
    model = app.repository.get(name)
    few = body.inputs[0].shape[0] <= _FEW
    latents = await app.run(few, _latents, body.inputs[0], model, app.settings.max_images)
    drawn = await context.cancel_on_disconnect(model.batcher.submit(latents, context.remaining))
    content = await app.run(few, _answer, body.id, model, drawn.rows)
    return Response(content, headers={"Inkcode-Model": model.version}, media_type="application/json")


def _latents(given: Input, model: Model, most: int) -> Latents:
    spec = model.card.latent
    rows, width = given.shape
    if width != spec.dim or not 1 <= rows <= most:
        raise CodeError("inputs[0].shape", given.shape, f"must be [n, {spec.dim}], n from 1 to {most}")
    flat = [number for part in given.data for number in (part if isinstance(part, list) else [part])]
    if len(flat) != rows * width:
        raise CodeError("inputs[0].data", f"{len(flat)} numbers", f"must be {rows * width} numbers by its shape")
    vectors = [flat[start : start + width] for start in range(0, len(flat), width)]
    return codes.from_vectors(spec, vectors, np.zeros((rows, width), np.float32), "inputs[0].data")


def _answer(identity: str | None, model: Model, images: Images) -> bytes:
    output = {"name": "images", "shape": images.shape, "datatype": "UINT8", "data": images.ravel().tolist()}
    named = {} if identity is None else {"id": identity}
    return json.dumps({**named, "model_name": model.card.name, "outputs": [output]}).encode()
