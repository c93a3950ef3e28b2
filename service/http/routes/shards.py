"""`GET /datasets/{model}/...`: the shards of data sets, by the URL of the index, or by number and query."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from service.datasets import shard_path
from service.datasets.engine_adapter import generate_with, run_in, runtime_fingerprint
from service.datasets.formats.registry import SHARD_FORMATS
from service.datasets.plan import DatasetPlan
from service.datasets.spec import DatasetSpec
from service.engine.repository.models import Model
from service.http.app_context import AppContext, InAppContext
from service.http.etags import is_not_modified
from service.http.openapi import ETAGGED, file_response, problems
from service.http.plan_dataset import REVALIDATE, InModel, InSpec, plan_dataset, provenance
from service.http.problem_document import field_error
from service.http.problems import ModelNotFound, NotInstalled, NotReady, RangeNotSatisfiable, ShardNotFound
from service.http.query_parameters import no_query_parameters, unique_query_parameters
from service.http.range_requests import range_response
from service.http.request_context import InRequestContext, RequestContext

router = APIRouter(prefix="/datasets", tags=["datasets"])

_NUMBER_AND_ENDING = re.compile(r"(\d{6,9})\.(.+)", re.ASCII)
_FOREVER = "max-age=31536000, immutable"
_MEDIA_TYPES = sorted({format_.media_type for format_ in SHARD_FORMATS.values()})
_OTHERS = {206: {"description": "The range of the file that `Range` names."}, **ETAGGED} | problems(
    ModelNotFound, ShardNotFound, RangeNotSatisfiable, NotInstalled, NotReady
)
_ANSWER = file_response(*_MEDIA_TYPES, others=_OTHERS)

InNumber = Annotated[
    str,
    Path(
        description=f"Number of the shard, six digits or more, and an ending: {', '.join(SHARD_FORMATS)}.",
        json_schema_extra={"example": "000000.tar"},
    ),
]
InOptions = Annotated[
    str,
    Path(
        description="The parameters of the data set, as the index writes them: `n=60,seed=1`; other bytes as `~2C`.",
        json_schema_extra={"example": "n=60,seed=1,size=20"},
    ),
]
InFile = Annotated[
    str,
    Path(
        description=f"The set's digest, the shard's number and an ending: {', '.join(SHARD_FORMATS)}.",
        json_schema_extra={"example": "0123456789abcdef-000000.tar"},
    ),
]


@router.get("/{model}/shard-{shard}", dependencies=[Depends(unique_query_parameters)], **_ANSWER)
async def shard(
    model: InModel, shard: InNumber, spec: InSpec, request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """One shard, by its number: the same bytes each time and everywhere, for the same model, query and number.

    Further parameters are codes: a value to hold, `c3=0.5`, or a range to draw from, `c2=-1..1`. The URLs of the index
    give the same bytes, and caches may keep those without asking again.
    """
    found = _NUMBER_AND_ENDING.fullmatch(shard)
    if not found:
        expected = f"must be six digits or more and an ending, 000000.tar; the endings are {', '.join(SHARD_FORMATS)}"
        raise ShardNotFound(f"no such shard; {expected}", [field_error("shard", shard, expected)])
    chosen, plan = await plan_dataset(app, model, spec)
    is_exact = "@" in model and (not plan.min_confidence or spec.verifier is not None)
    cache_control = _FOREVER if is_exact else REVALIDATE
    return await _respond(app, context, request, chosen, plan, int(found[1]), found[2], cache_control)


@router.get("/{model}/{options}/{file}", dependencies=[Depends(no_query_parameters)], **_ANSWER)
async def shard_of_set(
    model: InModel, options: InOptions, file: InFile, request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """One shard, as the index names it: everything that decides its bytes stands in its path.

    A set that would be drawn otherwise here, by another version, another verifier or on another kind of machine, has
    another file name, and is 404: the index then gives the right one.
    """
    found = shard_path.parse_file_name(file)
    if not found:
        expected = (
            f"must be as the index gives it, 0123456789abcdef-000000.tar; the endings are {', '.join(SHARD_FORMATS)}"
        )
        raise ShardNotFound(f"no such shard; {expected}", [field_error("file", file, expected)])
    set_digest, number, ending = found
    chosen, plan = await plan_dataset(app, model, _parse_options(options))
    here = plan.set_digest(runtime_fingerprint(chosen))
    if set_digest != here:
        expected = f"with these options the set is {here} here; ask the index anew"
        raise ShardNotFound(f"no such shard; {expected}", [field_error("file", file, expected)])
    return await _respond(app, context, request, chosen, plan, number, ending, _FOREVER)


def _parse_options(options: str) -> DatasetSpec:
    values = shard_path.decode_options(options)
    try:
        return DatasetSpec.model_validate(values)
    except ValidationError as error:
        errors = [{**part, "loc": ("path", *part["loc"])} for part in error.errors()]
        raise RequestValidationError(errors) from None


async def _respond(
    app: AppContext,
    context: RequestContext,
    request: Request,
    model: Model,
    plan: DatasetPlan,
    number: int,
    ending: str,
    cache_control: str,
) -> Response:
    plan.indices(number)
    form = plan.format(ending)
    key = plan.digest(number, ending, runtime_fingerprint(model))
    headers = {
        "ETag": f'"{key}"',
        "Cache-Control": context.cache_control(cache_control),
        "Accept-Ranges": "bytes",
        **provenance(plan),
    }
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)

    async def make() -> bytes:
        # Until the longest deadline that a request can have: requests with other deadlines may wait for it too.
        generate = generate_with(model, app.settings.deadline)
        async with app.shard_limiter.slot():
            return await plan.shard(number, ending, generate, run_in(app.pool))

    work: Awaitable[bytes] = app.shard_cache.get(key, make)
    return range_response(request, await context.finish_in_time(work), headers, form.media_type)
