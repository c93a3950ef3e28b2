"""`POST /encode`: the codes of images, as the model's encoder reads them."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from numpy.typing import NDArray
from pydantic import Field

from service.engine.repository.encoders import Encoder
from service.engine.repository.models import Model
from service.http.app_context import InAppContext
from service.http.encode_request import BYTES, FORM, JSON, EncodeRequest, read_pictures
from service.http.encode_response import Readings, serialize_reading
from service.http.encoding import encode_images, require_encoder
from service.http.openapi import problems
from service.http.problems import ImageTypeRequired, InvalidJson, ModelNotFound, NotReady
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
    responses=problems(InvalidJson, ModelNotFound, ImageTypeRequired, NotReady)
    | {200: {"description": "What was read.", "content": {JSON: {}}, "model": Readings}},
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
    require_encoder(app, model)
    content_type = request.headers.get("content-type", "")
    app.decode_limiter.check_capacity()
    body = await request.body()

    def read() -> Images:
        files = read_pictures(content_type, body, app.settings.max_images)
        return decode_images(files, model.card.image, query.invert, app.settings.max_pixels)

    encoder, done, opened = await context.finish_in_time(encode_images(app, context, model, read))
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


def _document(model: Model, encoder: Encoder, rows: NDArray[np.float32]) -> bytes:
    entries = [serialize_reading(model.card.latent, encoder.session.output_slices, row) for row in rows]
    return json.dumps({"model": model.version, "images": entries}, allow_nan=False).encode()
