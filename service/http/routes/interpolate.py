"""`GET /interpolate`: from one sample to another."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from latent import CodeError, codes, walk
from service.engine.repository.models import Model
from service.http.app_context import InAppContext
from service.http.negotiation import ANIMATED, STILL, ResponseFormat, negotiate
from service.http.openapi import images_response
from service.http.query import held_codes, unique_query_parameters
from service.http.rendering import RenderPlan, respond_cached
from service.http.request_context import InRequestContext
from service.http.schemas import InterpolateQuery
from service.settings import Settings

router = APIRouter(tags=["pictures"])


@router.get("/interpolate", dependencies=[Depends(unique_query_parameters)], **images_response(STILL + ANIMATED))
async def interpolate(
    query: Annotated[InterpolateQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """A walk from the first sample of one seed to the first of another, in one row.

    Further parameters are codes to hold: `c3=0.5`, `c1=7`, `z.17=2`.
    """
    model = app.repository.get(query.model)
    response_format = negotiate(context.head.accept, query.format, STILL + ANIMATED)
    chosen = await app.run_in_pool(plan, query, model, response_format, app.settings)
    return await respond_cached(app, context, chosen, request)


def plan(query: InterpolateQuery, model: Model, response_format: ResponseFormat, settings: Settings) -> RenderPlan:
    """What a request asks to be drawn.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    spec = model.card.latent
    if query.steps > settings.max_images:
        raise CodeError("steps", query.steps, f"must be at most {settings.max_images}")
    values = held_codes(spec, query.label, query.model_extra or {}, query.parameters())
    ends = np.concatenate([codes.draw(spec, seed, [0], query.truncation) for seed in (query.start, query.stop)])
    codes.assign(spec, ends, values, "")
    latents = walk.interpolate(spec, ends[0], ends[1], query.steps)
    planned = RenderPlan(
        model, latents, {"from": query.start, "to": query.stop}, None, query.steps, query.scale, response_format
    )
    planned.check_size(settings)
    return planned
