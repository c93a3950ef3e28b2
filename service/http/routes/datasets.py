"""`GET /datasets`: labelled data for training, shard by shard."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from service.datasets.engine_adapter import dataset_source, generate_with, run_in, runtime_fingerprint
from service.datasets.formats.registry import SHARD_FORMATS
from service.datasets.plan import DatasetPlan
from service.datasets.spec import DatasetSpec
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.app_context import AppContext, InAppContext
from service.http.conditional import has_current, range_response
from service.http.openapi import file_response
from service.http.problems import ModelNotFound, ShardNotFound, field_error
from service.http.query import no_query_parameters, unique_query_parameters
from service.http.request_context import InRequestContext, RequestContext

router = APIRouter(prefix="/datasets", tags=["datasets"])

T = TypeVar("T")

_SHARD = re.compile(r"(\d{6,9})\.(.+)", re.ASCII)
_FOREVER, _ASK = "max-age=31536000, immutable", "no-cache"

InSpec = Annotated[DatasetSpec, Query()]
InModel = Annotated[
    str,
    Path(description="A model, or exactly this one: `name@sha256[:12]`.", json_schema_extra={"example": BUNDLED_MODEL}),
]
InShard = Annotated[
    str,
    Path(
        description=f"Number of the shard, six digits or more, and an ending: {', '.join(SHARD_FORMATS)}.",
        json_schema_extra={"example": "000000.tar"},
    ),
]


@router.get("", dependencies=[Depends(no_query_parameters)], **file_response("application/json"))
async def datasets(request: Request, app: InAppContext) -> Response:
    """What can be drawn from: every model that has labels."""
    repository = app.repository
    listed = []
    for _, model in sorted(repository.models.items()):
        source = dataset_source(model, app.verifiers, app.pool)
        if source.latent.labelled:
            listed.append(
                {
                    "model": source.card.name,
                    "version": source.version,
                    "labels": source.labelled.labels,
                    "formats": list(SHARD_FORMATS),
                    "verifier": source.verifier.version if source.verifier else None,
                    "index": f"{request.scope.get('root_path', '')}/datasets/{source.card.name}/index.json",
                }
            )
    return _json({"default": repository.default, "datasets": listed})


@router.get("/{model}/index.json", dependencies=[Depends(unique_query_parameters)], **file_response("application/json"))
async def index(
    model: InModel, spec: InSpec, request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """The plan of a data set: its shards and labels, and how often its verifier accepts what is drawn first.

    Further parameters are codes: a value to hold, `c3=0.5`, or a range to draw from, `c2=-1..1`.
    """
    chosen, plan = _plan(app, model, spec)
    accepted = await _in_turn(app, context, lambda: plan.acceptance_rate(generate_with(chosen, context.remaining)))
    said = plan.query_string
    base_url = f"{request.scope.get('root_path', '')}/datasets/{plan.source.version}/"
    answer = _json(plan.index_document(accepted, base_url, url_suffix=f"?{said}" if said else ""))
    etag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    cached = {"ETag": etag, "Cache-Control": context.cache_control(_ASK), "Vary": "Accept-Encoding"}
    answer.headers.update(cached | _provenance(plan))
    return Response(status_code=304, headers=cached | _provenance(plan)) if has_current(request, etag) else answer


@router.get("/{model}/charset.txt", dependencies=[Depends(unique_query_parameters)], **file_response("text/plain"))
async def charset(model: InModel, spec: InSpec, app: InAppContext, context: InRequestContext) -> Response:
    """Every label of a data set, one a line, in the order of their numbers."""
    _, plan = _plan(app, model, spec)
    headers = {"Cache-Control": context.cache_control(_ASK), **_provenance(plan)}
    return Response(plan.charset, headers=headers, media_type="text/plain; charset=utf-8")


@router.get(
    "/{model}/shard-{shard}",
    dependencies=[Depends(unique_query_parameters)],
    **file_response(*sorted({format_.media_type for format_ in SHARD_FORMATS.values()})),
)
async def shard(
    model: InModel, shard: InShard, spec: InSpec, request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """One shard: the same bytes each time and everywhere, for the same model, query and number.

    Further parameters are codes: a value to hold, `c3=0.5`, or a range to draw from, `c2=-1..1`.
    """
    chosen, plan = _plan(app, model, spec)
    number, ending = _name(shard)
    plan.indices(number)
    form = plan.format(ending)
    etag = f'"{plan.digest(number, ending, runtime_fingerprint(chosen))}"'
    sure = "@" in model and (not plan.min_confidence or spec.verifier is not None)
    cache_control = context.cache_control(_FOREVER if sure else _ASK)
    headers = {"ETag": etag, "Cache-Control": cache_control, "Accept-Ranges": "bytes", **_provenance(plan)}
    if has_current(request, etag):
        return Response(status_code=304, headers=headers)

    def make() -> Awaitable[bytes]:
        return plan.shard(number, ending, generate_with(chosen, context.remaining), run_in(app.pool))

    return range_response(request, await _in_turn(app, context, make), headers, form.media_type)


async def _in_turn(app: AppContext, context: RequestContext, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work of a shard once the limiter has a place for it, until the deadline or the client's disconnect."""

    async def limited() -> T:
        async with app.shard_limiter.slot():
            return await work()

    return await context.finish_in_time(limited())


def _plan(app: AppContext, name: str, spec: DatasetSpec) -> tuple[Model, DatasetPlan]:
    base, _, digest = name.partition("@")
    model = app.repository.get(base)
    if digest and digest != model.generator.sha256[:12]:
        expected = f"what is served by this name is {model.version}"
        raise ModelNotFound(f"no such model; {expected}", [field_error("model", name, expected)])
    source = dataset_source(model, app.verifiers, app.pool)
    settings = app.settings
    return model, DatasetPlan.create(source, spec, settings.shard_samples, settings.max_pixels)


def _name(shard: str) -> tuple[int, str]:
    found = _SHARD.fullmatch(shard)
    if not found:
        expected = f"must be six digits or more and an ending, 000000.tar; the endings are {', '.join(SHARD_FORMATS)}"
        raise ShardNotFound(f"no such shard; {expected}", [field_error("shard", shard, expected)])
    return int(found[1]), found[2]


def _provenance(plan: DatasetPlan) -> dict[str, str]:
    return {"Inkcode-Model": plan.source.version, "Inkcode-Seed": str(plan.spec.seed)}


def _json(document: object) -> Response:
    return Response(json.dumps(document, ensure_ascii=False).encode(), media_type="application/json")
