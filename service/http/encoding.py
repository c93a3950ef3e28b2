"""From the picture files of a request to what the model's encoder reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from latent import CodeError
from service.engine.inference_request import InferenceResult
from service.engine.repository.encoders import Encoder
from service.engine.repository.models import Model
from service.http.app_context import AppContext
from service.http.exception_handlers import detached
from service.http.request_context import RequestContext
from service.imaging.arrays import Images


class Encoded(NamedTuple):
    """What an encoder read, a row of `result` for each image, and how long decoding the files took."""

    encoder: Encoder
    result: InferenceResult[np.float32]
    decode_seconds: float


def require_encoder(app: AppContext, model: Model, field: str = "model") -> None:
    """Check that a model has an encoder, before any work is done.

    Raises:
        CodeError: it has none; `field` is the request's field that needs it.
    """
    if not app.encoders.has(model):
        raise _no_encoder(app, model, field)


async def encode_images(
    app: AppContext, context: RequestContext, model: Model, read: Callable[[], Images], field: str = "model"
) -> Encoded:
    """Decode pictures by `read`, which runs in the pool, and encode them.

    Raises:
        CodeError: there is no encoder.
        Exception: what `read` raises.
    """
    encoder = await app.encoders.get(model)
    if encoder is None:
        raise _no_encoder(app, model, field)
    encoder.batcher.check_capacity()
    async with app.decode_limiter.slot():
        began = time.perf_counter()
        images = await app.run_in_pool(detached, read)
        seconds = time.perf_counter() - began
    return Encoded(encoder, await encoder.batcher.submit(images, context.remaining), seconds)


def _no_encoder(app: AppContext, model: Model, field: str) -> CodeError:
    names = sorted(other.card.name for other in app.repository.models.values() if app.encoders.has(other))
    expected = f"has no encoder; those that have one are {', '.join(names) or 'none'}"
    return CodeError(field, model.card.name, expected)
