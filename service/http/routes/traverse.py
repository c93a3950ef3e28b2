"""`GET /traverse`: what one variable controls."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from latent import Categorical, CodeError, LatentSpec, codes, walk
from latent.codes import Latents, Value
from service.http.app_context import InAppContext
from service.http.negotiation import ANIMATED, STILL
from service.http.openapi import images_response
from service.http.plan_walk import Walk, respond_with_walk
from service.http.problems import ModelNotFound, NotAcceptable, NotReady
from service.http.query_parameters import unique_query_parameters
from service.http.request_context import InRequestContext
from service.http.schemas import TraverseQuery

router = APIRouter(tags=["pictures"])

_SAMPLES = 10  # rows where there are no categories to show


@router.get(
    "/traverse",
    dependencies=[Depends(unique_query_parameters)],
    **images_response(STILL + ANIMATED, ModelNotFound, NotAcceptable, NotReady, cached=True),
)
async def traverse(
    query: Annotated[TraverseQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """A grid whose columns walk along one variable; rows are the categories, or samples of the seed.

    Further parameters are codes to hold: `c3=0.5`, `c1=7`, `z.17=2`.
    """
    return await respond_with_walk(_traverse, query, request, app, context)


def _traverse(query: TraverseQuery, spec: LatentSpec, values: dict[str, Value], most: int) -> Walk:
    """Row r is sample r of the seed, in category r where nothing else decides it."""
    if query.dim in values:
        raise CodeError(
            "dim", query.dim, "is held by another parameter; walk along another variable, or do not hold it"
        )
    stops = walk.points(spec, query.dim, query.start, query.stop, query.steps)
    category = _free_category(spec, query.dim, values)
    rows = query.rows or (category.size if category else _SAMPLES)
    if rows * len(stops) > most:
        expected = f"must be at most {most // len(stops)}: {most} images a request, {len(stops)} a row"
        raise CodeError("rows", rows, expected)
    base = codes.draw(spec, query.seed, range(rows), query.truncation)
    codes.assign(spec, base, values, "")
    if category:
        _show_each(spec, base, category)
    latents = walk.traverse(spec, base, query.dim, stops)
    return Walk(latents, {"seed": query.seed}, [row for row in range(rows) for _ in stops], len(stops))


def _free_category(spec: LatentSpec, dim: str, values: dict[str, Value]) -> Categorical | None:
    """The first categorical that the request neither walks along nor holds."""
    free = (v for v in spec.codes if isinstance(v, Categorical) and v.name != dim and v.name not in values)
    return next(free, None)


def _show_each(spec: LatentSpec, base: Latents, category: Categorical) -> None:
    for row in range(len(base)):
        codes.assign(spec, base[row : row + 1], {category.name: row % category.size}, "")
