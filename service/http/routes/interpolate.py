"""`GET /interpolate`: from one sample to another."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from latent import CodeError, codes, walk
from service.engine.repository.models import Model
from service.http.context import InContext
from service.http.deadline import InCaller
from service.http.negotiation import ANIMATED, STILL, accepted, choose
from service.http.openapi import pictures_of
from service.http.query import held, once
from service.http.rendering import Order, answer_cached
from service.http.schemas import InterpolateQuery
from service.settings import Settings

router = APIRouter(tags=["pictures"])


@router.get("/interpolate", dependencies=[Depends(once)], **pictures_of(STILL + ANIMATED))
async def interpolate(
    query: Annotated[InterpolateQuery, Query()], request: Request, context: InContext, caller: InCaller
) -> Response:
    """A walk from the first sample of one seed to the first of another, in one row.

    Further parameters are codes to hold: `c3=0.5`, `c1=7`, `z.17=2`.
    """
    model = context.repository.get(query.model)
    form = choose(accepted(request), query.format, STILL + ANIMATED)
    order = await context.aside(plan, query, model, context.settings)
    return await answer_cached(context, order, form, caller, request)


def plan(query: InterpolateQuery, model: Model, settings: Settings) -> Order:
    """What a request asks to be drawn.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    spec = model.card.latent
    if query.steps > settings.max_images:
        raise CodeError("steps", query.steps, f"must be at most {settings.max_images}")
    values = held(spec, query.label, query.model_extra or {}, query.parameters())
    ends = np.concatenate([codes.draw(spec, seed, [0], query.truncation) for seed in (query.start, query.stop)])
    codes.assign(spec, ends, values, "")
    latents = walk.interpolate(spec, ends[0], ends[1], query.steps)
    order = Order(model, latents, {"from": query.start, "to": query.stop}, None, query.steps, query.scale)
    order.check_size(settings)
    return order
