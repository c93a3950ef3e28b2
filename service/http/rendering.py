"""From latents to a response: inference, the form asked for, and the headers that say how to repeat it."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import numpy as np
from fastapi import Request, Response

from latent import CodeError
from latent.codes import Latents
from service.engine.repository.models import Model
from service.engine.request import InferenceResult
from service.http.conditional import holds
from service.http.context import Context
from service.http.deadline import Caller
from service.http.negotiation import Form
from service.http.serialization import Entry, describe, flatten
from service.imaging.animation import gif, webp
from service.imaging.archive import npy, zipped
from service.imaging.arrays import Images, Picture, pictures
from service.imaging.grid import grid, near_square_columns
from service.imaging.png import PNG_VERSION, png
from service.settings import Settings

_LIGHT = 2**16  # pixels that are encoded on the loop, as fast as a thread of the pool would take them over


@dataclass(frozen=True)
class Order:
    """What to draw and how to lay it out.

    `latents` float32 `(n, dim)`; `repeat` says where they come from (`{"seed": 7}`); `indices` are the samples they
    are, where they are samples; `columns` and `scale` are the grid's.
    """

    model: Model
    latents: Latents
    repeat: dict[str, int]
    indices: Sequence[int] | None
    columns: int
    scale: int

    @property
    def pixels(self) -> int:
        """Pixels of the answer, gaps not counted."""
        image = self.model.card.image
        return len(self.latents) * image.channels * image.height * image.width * self.scale**2

    def check_size(self, settings: Settings) -> None:
        """Refuse what would not fit an answer.

        Raises:
            CodeError: more pixels than `settings.max_pixels`.
        """
        if self.pixels > settings.max_pixels:
            expected = (
                f"{len(self.latents)} images make {self.pixels} pixels of at most {settings.max_pixels}; ask for fewer"
            )
            raise CodeError("scale", self.scale, expected)


async def answer(
    context: Context, order: Order, form: Form, caller: Caller, headers: dict[str, str] | None = None
) -> Response:
    """Draw an order and answer it in a form."""
    drawn = await caller.unless_gone(order.model.batcher.submit(order.latents, caller.within))
    began = time.perf_counter()
    content = await context.do(is_light(order, form), _ENCODERS[form], order, drawn.rows)
    told = _headers(context, order, form, drawn, time.perf_counter() - began)
    return Response(content, headers=told | (headers or {}))


def is_light(order: Order, form: Form) -> bool:
    """Whether a thread of the pool would be as long taking an answer over as the loop is making it."""
    return form in _QUICK and order.pixels <= _LIGHT


def answer_light(
    context: Context, order: Order, form: Form, drawn: InferenceResult[np.uint8]
) -> tuple[bytes, dict[str, str]]:
    """The answer to an order that is light, made on the loop: its content and its headers."""
    began = time.perf_counter()
    content = _ENCODERS[form](order, drawn.rows)
    return content, _headers(context, order, form, drawn, time.perf_counter() - began)


def _headers(
    context: Context, order: Order, form: Form, drawn: InferenceResult[np.uint8], encoded: float
) -> dict[str, str]:
    """What an answer tells beside its content; the stages are told to the metrics, too."""
    spent = context.metrics.observe_stage
    spent("queue", drawn.queue_seconds)
    spent("inference", drawn.inference_seconds)
    spent("encode", encoded)
    queued, ran = drawn.queue_seconds, drawn.inference_seconds
    timing = f"queue;dur={1e3 * queued:.2f}, inference;dur={1e3 * ran:.2f}, encode;dur={1e3 * encoded:.2f}"
    return {
        "Content-Type": form.media_type,
        "Cache-Control": "no-store",
        **_provenance(order),
        "Server-Timing": timing,
    }


async def answer_cached(context: Context, order: Order, form: Form, caller: Caller, request: Request) -> Response:
    """Answer an order that is a pure function of its URL: 304, before any inference, to a client that has it."""
    # no-cache: keep it, and ask whether it still holds. A URL outlives the model it was asked of; 304 costs nothing.
    headers = {"ETag": _etag(order, form), "Cache-Control": "public, no-cache", "Vary": "Accept"}
    if holds(request, headers["ETag"]):
        return Response(status_code=304, headers=headers | _provenance(order))
    return await answer(context, order, form, caller, headers)


def _provenance(order: Order) -> dict[str, str]:
    return {"Inkcode-Model": order.model.version, "Inkcode-Seed": ", ".join(map(str, order.repeat.values()))}


@cache
def _versions() -> str:
    """What draws and encodes beside the model: another version of it may give other bytes."""
    packages = " ".join(version(package) for package in ("inkcode", "numpy", "pillow", "zlib-ng"))
    return f"{packages} png {PNG_VERSION}"


def _etag(order: Order, form: Form) -> str:
    generator = order.model.generator
    layout = f"{form} {order.columns} {order.scale} {order.repeat} {order.indices}"
    parts = (generator.sha256, generator.runtime, generator.provider, _versions(), layout)
    digest = hashlib.sha256("\n".join(parts).encode() + order.latents.tobytes())
    return f'"{digest.hexdigest()[:32]}"'


def _document(order: Order, images: Images) -> bytes:
    encoded = [base64.b64encode(png(picture)).decode() for picture in pictures(images)]
    entries = [{**entry, "png": content} for entry, content in zip(_entries(order), encoded, strict=True)]
    return json.dumps({"model": order.model.version, **order.repeat, "images": entries}).encode()


def _entries(order: Order) -> list[Entry]:
    return describe(order.model.card.latent, order.latents, order.indices)


def _frames(order: Order, images: Images) -> Iterator[Picture]:
    """A picture for each step of a walk: its column of the grid, laid out anew."""
    layout = near_square_columns(len(images) // order.columns)
    return (grid(images[step :: order.columns], layout, order.scale) for step in range(order.columns))


_ENCODERS: dict[Form, Callable[[Order, Images], bytes]] = {
    Form.PNG: lambda order, images: png(grid(images, order.columns, order.scale)),
    Form.JSON: _document,
    Form.ZIP: lambda order, images: zipped(images, [flatten(entry) for entry in _entries(order)]),
    Form.NPY: lambda order, images: npy(images),
    Form.GIF: lambda order, images: gif(_frames(order, images)),
    Form.WEBP: lambda order, images: webp(_frames(order, images)),
}

_QUICK = (Form.PNG, Form.NPY)
