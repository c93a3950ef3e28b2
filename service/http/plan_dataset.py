"""From the model and the parameters of a request to the plan of its data set, for all paths of data sets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Path, Query

from service.datasets.engine_adapter import dataset_source
from service.datasets.plan import DatasetPlan
from service.datasets.spec import DatasetSpec
from service.engine.repository.models import BUNDLED_MODEL, Model
from service.http.app_context import AppContext
from service.http.problem_document import field_error
from service.http.problems import ModelNotFound
from service.http.request_context import RequestContext

T = TypeVar("T")

REVALIDATE = "no-cache"
"""`Cache-Control` of what another model or version answers otherwise."""

InSpec = Annotated[DatasetSpec, Query()]
InModel = Annotated[
    str,
    Path(description="A model, or exactly this one: `name@sha256[:12]`.", json_schema_extra={"example": BUNDLED_MODEL}),
]


async def plan_dataset(app: AppContext, name: str, spec: DatasetSpec) -> tuple[Model, DatasetPlan]:
    """The model and the plan of a data set. A list of thousands of words, or a corpus, takes a while: in the pool.

    Raises:
        ModelNotFound: another model is served by this name.
        CodeError: a value that does not fit the model or the limits.
    """
    return await app.run_in_pool(_plan, app, name, spec)


def _plan(app: AppContext, name: str, spec: DatasetSpec) -> tuple[Model, DatasetPlan]:
    base, _, digest = name.partition("@")
    model = app.repository.get(base)
    if "@" in name and digest != model.generator.sha256[:12]:
        expected = f"what is served by this name is {model.version}"
        raise ModelNotFound(f"no such model; {expected}", [field_error("model", name, expected)])
    source, settings = dataset_source(model, app.verifiers, app.pool), app.settings
    return model, DatasetPlan.create(source, spec, settings.shard_samples, settings.max_pixels, app.corpora.texts)


def provenance(plan: DatasetPlan) -> dict[str, str]:
    """The headers that say what a data set is drawn from."""
    return {"Inkcode-Model": plan.source.version, "Inkcode-Seed": str(plan.spec.seed)}


async def limited(app: AppContext, context: RequestContext, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work of a shard once the limiter has a place for it, until the deadline or the client's disconnect."""

    async def in_slot() -> T:
        async with app.shard_limiter.slot():
            return await work()

    return await context.finish_in_time(in_slot())
