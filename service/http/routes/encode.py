"""`POST /encode`: the codes of images, as the model's encoder reads them."""

from __future__ import annotations

import base64
import json
import time
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from numpy.typing import NDArray
from pydantic import Field

from latent import CodeError
from service.engine.inference_request import InferenceResult
from service.engine.repository.encoders import Encoder
from service.engine.repository.models import Model
from service.http.app_context import AppContext, InAppContext
from service.http.encode_request import BYTES, FORM, JSON, EncodeRequest, read_pictures
from service.http.encode_response import Readings, serialize_reading
from service.http.exception_handlers import detached
from service.http.query_parameters import unique_query_parameters
from service.http.request_context import InRequestContext
from service.http.schemas import ModelName, RequestModel
from service.imaging.arrays import Images
from service.imaging.decode import PILLOW_FORMATS, decode_images
from service.imaging.png import png
from service.metrics import Stage

router = APIRouter(tags=["pictures"])

_FEW = 4  # images that are described on the loop


class EncodeQuery(RequestModel):
    """The model, and whether the pictures are dark ink on light paper."""

    model: ModelName = None
    invert: bool = Field(False, description="The pictures are dark ink on light paper: invert them.")


def _example() -> str:
    """A stroke from the top to the bottom, in base64."""
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 13:16] = 255
    return base64.b64encode(png(picture)).decode()


_FILE = {"type": "string", "format": "binary"}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        **{kind: {"schema": _FILE} for kind in (*PILLOW_FORMATS, BYTES)},
        FORM: {"schema": {"type": "object", "additionalProperties": _FILE, "minProperties": 1}},
        JSON: {
            "schema": EncodeRequest.model_json_schema(),
            "examples": {"a stroke": {"value": {"images": [_example()]}}},
        },
    },
}


@router.post(
    "/encode",
    dependencies=[Depends(unique_query_parameters)],
    response_class=Response,
    responses={200: {"description": "What was read.", "content": {JSON: {}}, "model": Readings}},
    openapi_extra={"requestBody": _BODY},
)
async def encode(
    query: Annotated[EncodeQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """The codes of a picture, or of several as JSON, where the model has an encoder.

    A picture of any size is fitted into the model's, by the mean of each area, and centred; colour becomes grey where
    the model is grey. Ink is light on black paper, as models draw it, unless `invert` says otherwise. What is
    transparent is paper. A picture is known by its first bytes, not by its content type; base64 and data URIs are
    decoded, and each part of a form is a picture.
    """
    model = app.repository.get(query.model)
    _has_encoder(app, model)
    content_type = request.headers.get("content-type", "")
    app.decode_limiter.check_capacity()
    body = await request.body()

    async def work() -> tuple[Encoder, InferenceResult[np.float32], float]:
        encoder = await app.encoders.get(model)
        if encoder is None:
            raise _no_encoder(app, model)
        encoder.batcher.check_capacity()
        async with app.decode_limiter.slot():
            began = time.perf_counter()
            images = await app.run_in_pool(detached, _open, app, model, content_type, body, query.invert)
            opened = time.perf_counter() - began
        return encoder, await encoder.batcher.submit(images, context.remaining), opened

    encoder, done, opened = await context.finish_in_time(work())
    timing: dict[Stage, float] = {"decode": opened, "queue": done.queue_seconds, "inference": done.inference_seconds}
    for stage, seconds in timing.items():
        app.metrics.observe_stage(stage, seconds)
    headers = {
        "Cache-Control": "no-store",
        "Inkcode-Model": model.version,
        "Server-Timing": ", ".join(f"{name};dur={1000 * seconds:.2f}" for name, seconds in timing.items()),
    }
    content = await app.run(len(done.rows) <= _FEW, _document, model, encoder, done.rows)
    return Response(content, headers=headers, media_type=JSON)


def _has_encoder(app: AppContext, model: Model) -> None:
    if not app.encoders.has(model):
        raise _no_encoder(app, model)


def _no_encoder(app: AppContext, model: Model) -> CodeError:
    names = sorted(other.card.name for other in app.repository.models.values() if app.encoders.has(other))
    expected = f"has no encoder; those that have one are {', '.join(names) or 'none'}"
    return CodeError("model", model.card.name, expected)


def _open(app: AppContext, model: Model, content_type: str, body: bytes, invert: bool) -> Images:
    settings = app.settings
    files = read_pictures(content_type, body, settings.max_images)
    return decode_images(files, model.card.image, invert, settings.max_pixels)


def _document(model: Model, encoder: Encoder, rows: NDArray[np.float32]) -> bytes:
    entries = [serialize_reading(model.card.latent, encoder.session.output_slices, row) for row in rows]
    return json.dumps({"model": model.version, "images": entries}, allow_nan=False).encode()
