"""`GET /interpolate`: from one sample to another."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from latent import LatentSpec, codes, walk
from latent.codes import Value
from service.http.app_context import InAppContext
from service.http.negotiation import ANIMATED, STILL
from service.http.openapi import images_response
from service.http.plan_walk import Walk, respond_with_walk
from service.http.problems import ModelNotFound, NotAcceptable, NotReady
from service.http.query_parameters import unique_query_parameters
from service.http.request_context import InRequestContext
from service.http.schemas import InterpolateQuery

router = APIRouter(tags=["pictures"])


@router.get(
    "/interpolate",
    dependencies=[Depends(unique_query_parameters)],
    **images_response(STILL + ANIMATED, ModelNotFound, NotAcceptable, NotReady, cached=True),
)
async def interpolate(
    query: Annotated[InterpolateQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """A walk from the first sample of one seed to the first of another, in one row.

    Further parameters are codes to hold: `c3=0.5`, `c1=7`, `z.17=2`.
    """
    return await respond_with_walk(_interpolate, query, request, app, context)


def _interpolate(query: InterpolateQuery, spec: LatentSpec, values: dict[str, Value], most: int) -> Walk:
    ends = np.concatenate([codes.draw(spec, seed, [0], query.truncation) for seed in (query.start, query.stop)])
    codes.assign(spec, ends, values, "")
    latents = walk.interpolate(spec, ends[0], ends[1], query.steps)
    return Walk(latents, {"from": query.start, "to": query.stop}, None, query.steps)
