"""`POST /generate`: from the request to the latents and the layout."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import cast

from latent import CodeError, LatentSpec, codes
from latent.codes import Latents, Value
from service.engine.repository.models import Model
from service.http.negotiation import ResponseFormat
from service.http.rendering import RenderPlan
from service.http.schemas import GenerateRequest
from service.imaging.grid import near_square_columns
from service.settings import Settings


def plan_generation(
    request: GenerateRequest, model: Model, response_format: ResponseFormat, settings: Settings
) -> RenderPlan:
    """What a request asks to be drawn.

    Raises:
        CodeError: a value that does not fit the model, or too many images.
    """
    n, counted_by = count_rows(request)
    if n > settings.max_images:
        raise CodeError(counted_by, n, f"must be at most {settings.max_images} images a request")
    # The seed is public: Inkcode-Seed returns it.
    seed = random.getrandbits(32) if request.seed is None else request.seed
    indices = range(request.first, request.first + n)
    spec = model.card.latent
    if request.codes and all(isinstance(row, list) and len(row) == spec.dim for row in request.codes):
        latents = codes.from_full(spec, cast(list[list[float]], request.codes), "codes")  # nothing is left to draw
    else:
        latents = _assign(spec, codes.draw(spec, seed, indices, request.truncation), request)
    columns = min(n, request.columns or near_square_columns(n))
    plan = RenderPlan(model, latents, {"seed": seed}, indices, columns, request.scale, response_format)
    plan.check_size(settings)
    return plan


def count_rows(request: GenerateRequest) -> tuple[int, str]:
    """How many images a request asks for, and the field that says so."""
    if request.codes is not None:
        return len(request.codes), "codes"
    if request.n is None and request.label is not None:
        return len(request.label), "label"
    return request.n or 1, "n"


def _assign(spec: LatentSpec, latents: Latents, request: GenerateRequest) -> Latents:
    """Everything the request names, over what was drawn from the priors."""
    labels = [codes.label(spec, label, f"label[{i}]") for i, label in enumerate(request.label or [])]
    if request.fixed:
        codes.refuse_label_conflict(request.fixed, labels[0] if labels else {}, "fixed.")
        codes.assign(spec, latents, request.fixed, "fixed")
    for i, row in enumerate(latents if labels else (), start=request.first):
        codes.assign(spec, row[None], labels[i % len(labels)], "label")
    if request.codes:
        # A named row starts as the full vector that was drawn, and is written over below.
        vectors = [row if isinstance(row, list) else latents[i].tolist() for i, row in enumerate(request.codes)]
        latents = codes.from_vectors(spec, vectors, latents, "codes")
        for i, row in enumerate(request.codes):
            if isinstance(row, dict):
                codes.assign(spec, latents[i : i + 1], _variables(spec, row, f"codes[{i}]"), f"codes[{i}]")
    return latents


def _variables(spec: LatentSpec, row: Mapping[str, Value], field: str) -> Mapping[str, Value]:
    """A named row by the model's variables: `label` gives the value of the labelled one."""
    if "label" not in row:
        return row
    label, rest = row["label"], {name: value for name, value in row.items() if name != "label"}
    if not isinstance(label, str):
        raise CodeError(f"{field}.label", label, "must be a string")
    labelled = codes.label(spec, label, f"{field}.label")
    codes.refuse_label_conflict(rest, labelled, f"{field}.")
    return {**rest, **labelled}
