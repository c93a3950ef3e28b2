"""`GET /traverse` and `GET /interpolate`: what both do with the images along a walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request, Response

from latent import CodeError, LatentSpec
from latent.codes import Latents, Value
from service.engine.repository.models import Model
from service.http.app_context import AppContext
from service.http.negotiation import ANIMATED, STILL, ResponseFormat, negotiate
from service.http.query_parameters import held_codes
from service.http.rendering import RenderPlan, respond_cached
from service.http.request_context import RequestContext
from service.http.schemas import InterpolateQuery, TraverseQuery
from service.settings import Settings

Query = TypeVar("Query", TraverseQuery, InterpolateQuery)


@dataclass(frozen=True)
class Walk:
    """Latents float32 `(n, dim)` along a walk, row by row of the grid; the other fields as in `RenderPlan`."""

    latents: Latents
    seeds: dict[str, int]
    indices: Sequence[int] | None
    columns: int


TakeWalk = Callable[[Query, LatentSpec, dict[str, Value], int], Walk]
"""From a query, the latent, the codes that the query holds and the most images, to a walk. Raises CodeError."""


async def respond_with_walk(
    take_walk: TakeWalk[Query], query: Query, request: Request, app: AppContext, context: RequestContext
) -> Response:
    """Plan the walk of a query and answer it.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    model = app.repository.get(query.model)
    response_format = negotiate(context.head.accept, query.format, STILL + ANIMATED)
    plan = await app.run_in_pool(plan_walk, take_walk, query, model, response_format, app.settings)
    return await respond_cached(app, context, plan, request)


def plan_walk(
    take_walk: TakeWalk[Query], query: Query, model: Model, response_format: ResponseFormat, settings: Settings
) -> RenderPlan:
    """What a query asks to be drawn.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    spec, most = model.card.latent, settings.max_images
    if query.steps is not None and query.steps > most:
        raise CodeError("steps", query.steps, f"must be at most {most}")
    values = held_codes(spec, query.label, query.model_extra or {}, query.parameters())
    walk = take_walk(query, spec, values, most)
    plan = RenderPlan(model, walk.latents, walk.seeds, walk.indices, walk.columns, query.scale, response_format)
    plan.check_size(settings)
    return plan
