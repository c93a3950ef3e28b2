"""From a plan to a response: inference, encoding, and the headers that say how to repeat it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from fastapi import Request, Response

from latent import CodeError
from latent.codes import Latents
from service.engine.exclusive_batches import submit_exclusively
from service.engine.inference_request import InferenceResult
from service.engine.repository.models import Model
from service.http.app_context import AppContext
from service.http.etags import grid_etag, is_not_modified
from service.http.negotiation import COMPRESSIBLE, MIN_COMPRESSED, ResponseFormat, vary
from service.http.request_context import RequestContext
from service.http.serialize_latents import DrawnImage, Entry, flatten, serialize_latents
from service.http.server_timing import record_stages, server_timing
from service.imaging.animation import gif, webp
from service.imaging.archive import npy, zipped
from service.imaging.arrays import Images, Picture, pictures
from service.imaging.grid import grid, near_square_columns
from service.imaging.png import png
from service.settings import Settings

_LIGHT_PIXELS = 2**16  # encoded on the event loop in about the time that handing them to a thread would take
_LIGHT_FORMATS = (ResponseFormat.PNG, ResponseFormat.NPY)


@dataclass(slots=True)
class RenderPlan:
    """What to draw and how to lay it out.

    `latents` float32 `(n, dim)`; `seeds` are the seeds they were drawn from, by the parameter's name (`{"seed": 7}`);
    `indices` are the rows' sample numbers, None where they have none; `columns` and `scale` are the grid's. `pixels`
    are those of the response, gaps between images not counted.
    """

    model: Model
    latents: Latents
    seeds: dict[str, int]
    indices: Sequence[int] | None
    columns: int
    scale: int
    format: ResponseFormat
    pixels: int = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = len(self.latents) * self.model.card.image.values * self.scale**2

    @property
    def is_light(self) -> bool:
        """Whether it is encoded on the event loop."""
        return self.format in _LIGHT_FORMATS and self.pixels <= _LIGHT_PIXELS

    @property
    def may_be_compressed(self) -> bool:
        """Whether its content may be large enough to be compressed, a header of 128 bytes included."""
        return self.format.media_type in COMPRESSIBLE and self.pixels + 128 >= MIN_COMPRESSED

    def check_size(self, settings: Settings) -> None:
        """Check the size of the response.

        Raises:
            CodeError: more pixels than `settings.max_pixels`.
        """
        if self.pixels > settings.max_pixels:
            expected = (
                f"{len(self.latents)} images make {self.pixels} pixels of at most {settings.max_pixels}; ask for fewer"
            )
            raise CodeError("scale", self.scale, expected)


def render(
    app: AppContext, context: RequestContext, plan: RenderPlan, result: InferenceResult[np.uint8]
) -> tuple[bytes, dict[str, str]]:
    """The content and the headers of a response; `result` holds the images of `plan.latents`."""
    began = time.perf_counter()
    content = _ENCODERS[plan.format](plan, result.rows)
    record_stages(app, context, plan.model, result, time.perf_counter() - began)
    return content, {
        "Content-Type": plan.format.media_type,
        "Cache-Control": "no-store",
        **_provenance(plan),
        "Server-Timing": server_timing(context),
    }


async def respond(app: AppContext, context: RequestContext, plan: RenderPlan) -> Response:
    """Draw a plan and answer it."""
    return await _respond(app, context, plan, plan.model.batcher.submit(plan.latents, context.remaining), {})


async def respond_cached(app: AppContext, context: RequestContext, plan: RenderPlan, request: Request) -> Response:
    """Answer a plan that is a pure function of its URL; 304, before any inference, to a client that has it."""
    # no-cache: caches ask each time, since a model may be replaced under the same URL; a 304 costs almost nothing.
    layout = f"{plan.format} {plan.columns} {plan.scale} {plan.seeds} {plan.indices}"
    headers = {
        "ETag": grid_etag(plan.model, plan.latents, layout),
        "Cache-Control": context.cache_control("no-cache"),
        "Vary": vary(plan.format),
    }
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers | _provenance(plan))
    drawn = submit_exclusively(plan.model.batcher, plan.latents, context.remaining)
    return await _respond(app, context, plan, drawn, headers)


async def _respond(
    app: AppContext,
    context: RequestContext,
    plan: RenderPlan,
    drawn: Coroutine[Any, Any, InferenceResult[np.uint8]],
    headers: Mapping[str, str],
) -> Response:
    """The response of a plan whose images `drawn` gives; `headers` take the place of `render`'s of the same name."""
    try:
        context.hold(app.responses, 0 if plan.is_light else plan.pixels)
        result = await context.cancel_on_disconnect(drawn)
        content, own = await app.run(plan.is_light, render, app, context, plan, result)
    finally:
        drawn.close()  # where it was refused before it began
    return Response(content, headers={**own, **headers})


def _provenance(plan: RenderPlan) -> dict[str, str]:
    return {"Inkcode-Model": plan.model.version, "Inkcode-Seed": ", ".join(map(str, plan.seeds.values()))}


def _json(plan: RenderPlan, images: Images) -> bytes:
    encoded = [base64.b64encode(png(picture)).decode() for picture in pictures(images)]
    drawn: list[DrawnImage] = [{**entry, "png": image} for entry, image in zip(_entries(plan), encoded, strict=True)]
    return json.dumps({"model": plan.model.version, **plan.seeds, "images": drawn}).encode()


def _entries(plan: RenderPlan) -> list[Entry]:
    return serialize_latents(plan.model.card.latent, plan.latents, plan.indices)


def _frames(plan: RenderPlan, images: Images) -> Iterator[Picture]:
    """One frame for each step of a walk: the images of one column of the grid, laid out anew."""
    layout = near_square_columns(len(images) // plan.columns)
    return (grid(images[step :: plan.columns], layout, plan.scale) for step in range(plan.columns))


_ENCODERS: dict[ResponseFormat, Callable[[RenderPlan, Images], bytes]] = {
    ResponseFormat.PNG: lambda plan, images: png(grid(images, plan.columns, plan.scale)),
    ResponseFormat.JSON: _json,
    ResponseFormat.ZIP: lambda plan, images: zipped(images, [flatten(entry) for entry in _entries(plan)]),
    ResponseFormat.NPY: lambda plan, images: npy(images),
    ResponseFormat.GIF: lambda plan, images: gif(_frames(plan, images)),
    ResponseFormat.WEBP: lambda plan, images: webp(_frames(plan, images)),
}
