"""`POST /generate`: images for explicit codes, or a draw."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Annotated, cast

from fastapi import APIRouter, Body, Depends, Request, Response

from latent import CodeError, LatentSpec, codes
from latent.codes import Latents, Value
from service.engine.repository.models import Model
from service.http.context import InContext
from service.http.deadline import InCaller
from service.http.negotiation import STILL, accepted, choose
from service.http.openapi import pictures_of
from service.http.query import json_alone, none, refuse_both
from service.http.rendering import Order, answer
from service.http.schemas import GENERATE_EXAMPLES, GenerateRequest
from service.imaging.grid import near_square_columns
from service.settings import Settings

router = APIRouter(tags=["pictures"])


@router.post("/generate", dependencies=[Depends(json_alone), Depends(none)], **pictures_of(STILL))
async def generate(
    body: Annotated[GenerateRequest, Body(openapi_examples=GENERATE_EXAMPLES)],
    request: Request,
    context: InContext,
    caller: InCaller,
) -> Response:
    """Images for explicit codes, or drawn by label, fixed codes and seed."""
    model = context.repository.get(body.model)
    form = choose(accepted(request), body.format)
    order = await context.aside(plan, body, model, context.settings)
    return await answer(context, order, form, caller)


def plan(body: GenerateRequest, model: Model, settings: Settings) -> Order:
    """What a request asks to be drawn.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    n, counted_by = count(body)
    if n > settings.max_images:
        raise CodeError(counted_by, n, f"must be at most {settings.max_images} images a request")
    # No secret: who is answered is told it.
    seed = random.getrandbits(32) if body.seed is None else body.seed
    indices = range(body.first, body.first + n)
    spec = model.card.latent
    if body.codes and all(isinstance(row, list) and len(row) == spec.dim for row in body.codes):
        latents = codes.from_full(spec, cast(list[list[float]], body.codes), "codes")  # nothing is left to draw
    else:
        latents = _write(spec, codes.draw(spec, seed, indices, body.truncation), body)
    order = Order(model, latents, {"seed": seed}, indices, min(n, body.columns or near_square_columns(n)), body.scale)
    order.check_size(settings)
    return order


def count(body: GenerateRequest) -> tuple[int, str]:
    """How many images, and the field that says so."""
    if body.codes is not None:
        return len(body.codes), "codes"
    if body.n is None and body.label is not None:
        return len(body.label), "label"
    return body.n or 1, "n"


def _write(spec: LatentSpec, latents: Latents, body: GenerateRequest) -> Latents:
    """Everything the request names, over what was drawn."""
    labels = [codes.label(spec, label, f"label[{i}]") for i, label in enumerate(body.label or [])]
    if body.fixed:
        refuse_both(body.fixed, labels[0] if labels else {}, "fixed.")
        codes.assign(spec, latents, body.fixed, "fixed")
    for i, row in enumerate(latents if labels else (), start=body.first):
        codes.assign(spec, row[None], labels[i % len(labels)], "label")
    if body.codes:
        # A named row starts as the draw it is written over, which is a full vector like any other.
        vectors = [row if isinstance(row, list) else latents[i].tolist() for i, row in enumerate(body.codes)]
        latents = codes.from_vectors(spec, vectors, latents, "codes")
        for i, row in enumerate(body.codes):
            if isinstance(row, dict):
                codes.assign(spec, latents[i : i + 1], _named(spec, row, f"codes[{i}]"), f"codes[{i}]")
    return latents


def _named(spec: LatentSpec, row: Mapping[str, Value], field: str) -> Mapping[str, Value]:
    """A named row in the model's variables: `label` is one of them by another name."""
    if "label" not in row:
        return row
    label, rest = row["label"], {name: value for name, value in row.items() if name != "label"}
    if not isinstance(label, str):
        raise CodeError(f"{field}.label", label, "must be a string")
    meant = codes.label(spec, label, f"{field}.label")
    refuse_both(rest, meant, f"{field}.")
    return {**rest, **meant}
