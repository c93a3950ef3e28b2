"""`GET /lines`, `POST /lines`: text as lines of writing, and where every character stands."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from latent import CodeError
from latent.spec import ComposedText
from service.datasets.engine_adapter import dataset_source, generate_with, run_in, runtime_fingerprint
from service.datasets.plan import DEFAULT_MIN_CONFIDENCE, acceptance_test, software_versions
from service.datasets.rejection_sampling import sample_glyphs
from service.datasets.source import DatasetSource
from service.datasets.writer_style import MAX_CHARACTERS, WriterStyle, glyph_labels
from service.http.app_context import AppContext, InAppContext
from service.http.etags import is_not_modified, strong_etag
from service.http.exception_handlers import detached
from service.http.json_body import parse_json, require_json_request
from service.http.negotiation import ResponseFormat, negotiate, vary
from service.http.openapi import file_response
from service.http.query_parameters import no_query_parameters, unique_query_parameters
from service.http.request_context import InRequestContext, RequestContext
from service.http.schemas import ModelName, RequestModel, Seed, Truncation
from service.imaging import lines
from service.imaging.arrays import Images, Picture, pictures
from service.imaging.png import png
from service.json_integer import Integer

router = APIRouter(prefix="/lines", tags=["lines"])

Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$", description="Red, green and blue: `#1a1a80`.")]
_SMALL_BODY = 2**14  # bytes of a body that is parsed on the event loop
_FORMATS = (ResponseFormat.PNG, ResponseFormat.JSON)
_ANSWER = file_response("image/png", "application/json")


_HEIGHTS = (32, 48, 64)


def _offered(value: int) -> int:
    if value not in _HEIGHTS:
        raise PydanticCustomError("height", "must be 32, 48 or 64")
    return value


_LENGTH: dict[str, Any] = {"minLength": 1, "maxLength": MAX_CHARACTERS}  # told here, checked with the characters

Text = Annotated[ComposedText, Field(json_schema_extra=_LENGTH)]
Height = Annotated[Integer, AfterValidator(_offered), Field(json_schema_extra={"enum": list(_HEIGHTS)})]


class _LineRequest(RequestModel):
    seed: Seed = 0
    height: Height = Field(32, description="Pixels of a line's height.")
    spacing: float = Field(0.08, ge=0, le=1, description="Between characters, as a share of the height.")
    kerning: float = Field(0.5, ge=0, le=1, description="Share of the free space between them that is closed.")
    slant: float = Field(0.0, ge=-1, le=1, description="Tangent of the lean to the right.")
    jitter: float = Field(0.15, ge=0, le=1, description="How much the characters of a line differ; 1: as lines do.")
    ink: Colour = "#000000"
    paper: Colour = "#ffffff"
    truncation: Truncation | None = None
    model: ModelName = None
    format: Literal["png", "json"] | None = Field(None, description="Form of the answer; left out, by `Accept`.")
    masks: bool = Field(
        False,
        description="As JSON, give each line a `mask`: a PNG whose pixels are the number, from 1, of their character.",
    )


class LineQuery(_LineRequest):
    """One line."""

    text: ComposedText = Field(
        description="The text of the line.", json_schema_extra={"example": "2026-11-21", **_LENGTH}
    )


class LinesRequest(_LineRequest):
    """Several lines: line i is of the seed's i-th writer."""

    model_config = ConfigDict(strict=True)

    texts: Annotated[list[Text], Field(min_length=1)] = Field(description="What each of them says.")


class _Line(NamedTuple):
    """A composed line in its colours, the box of each character, and its mask if that was asked for."""

    text: str
    picture: Picture
    boxes: list[lines.Box]
    mask: Picture | None


_EXAMPLES: dict[str, Any] = {
    "two lines": {"value": {"texts": ["2026-11-21", "3.14159"], "seed": 4, "height": 48, "ink": "#1a1a80"}}
}

_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": LinesRequest.model_json_schema(), "examples": _EXAMPLES}},
}


@router.get("", dependencies=[Depends(unique_query_parameters)], **_ANSWER)
async def line(
    query: Annotated[LineQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """A line as a picture, or as JSON with a box `[x, y, width, height]` for each character."""
    return await _respond(app, context, request, query, [query.text], "text")


@router.post(
    "",
    dependencies=[Depends(require_json_request), Depends(no_query_parameters)],
    openapi_extra={"requestBody": _BODY},
    **_ANSWER,
)
async def several(request: Request, app: InAppContext, context: InRequestContext) -> Response:
    """Lines one below the other, or as JSON each a picture, with a box for each of its characters."""
    content = await request.body()
    body = await app.run(len(content) <= _SMALL_BODY, detached, parse_json, LinesRequest, content)
    return await _respond(app, context, request, body, body.texts, "texts")


async def _respond(
    app: AppContext, context: RequestContext, request: Request, asked: _LineRequest, texts: list[str], field: str
) -> Response:
    model = app.repository.get(asked.model)
    source = dataset_source(model, app.verifiers, app.pool)
    response_format = negotiate(context.head.accept, asked.format, _FORMATS)
    if asked.masks and response_format is not ResponseFormat.JSON:
        raise CodeError("masks", asked.masks, "must be left out unless the answer is JSON")
    _check_size(app, asked, texts, field)
    values = await app.run(len(texts) == 1, _glyph_labels, source, texts, field)
    reader = str(source.verifier and source.verifier.version)
    parts = (
        source.sha256,
        runtime_fingerprint(model),
        software_versions(),
        DEFAULT_MIN_CONFIDENCE,
        reader,
        asked.model_dump_json(exclude=None if asked.masks else {"masks"}),
    )
    # Written as the first version wrote it, so that the ETags which clients hold stay valid.
    said = f"{repr(parts)[:-1]}, <Form.{response_format.name}: {response_format.value!r}>)"
    headers = {
        "ETag": strong_etag(said.encode()),
        "Cache-Control": context.cache_control("no-cache") if request.method == "GET" else "no-store",
        "Vary": vary(response_format),
        "Inkcode-Model": source.version,
        "Inkcode-Seed": str(asked.seed),
    }
    if request.method == "GET" and is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    writer_style = WriterStyle(source.latent, asked.seed, {}, asked.jitter, asked.truncation)
    places = np.array([(i, k, v) for i, row in enumerate(values) for k, v in enumerate(row)], np.intp).reshape(-1, 3)

    def propose(glyphs: Any, attempt: int) -> Any:
        of_line, place, value = places[glyphs].T
        return writer_style.latents(of_line.tolist(), place.tolist(), value, attempt)

    context.hold(app.responses, _pixels(asked, texts))
    generate, test = generate_with(model, context.remaining), acceptance_test(source)
    work = sample_glyphs(places[:, 2], propose, generate, test, run_in(app.pool))
    drawn = await context.finish_in_time(work)
    images, form = drawn.images, response_format
    content = await app.run_in_pool(_content, source, asked, texts, values, images, writer_style, form)
    return Response(content, headers=headers, media_type=response_format.media_type)


def _glyph_labels(source: DatasetSource, texts: list[str], field: str) -> list[list[int]]:
    fields = [field if field == "text" else f"{field}[{i}]" for i in range(len(texts))]
    return [glyph_labels(source, text, where) for text, where in zip(texts, fields, strict=True)]


def _pixels(asked: _LineRequest, texts: list[str]) -> int:
    """Pixels of the response in all channels, estimated: a character is about as wide as high."""
    return 3 * sum(map(len, texts)) * asked.height**2


def _check_size(app: AppContext, asked: _LineRequest, texts: list[str], field: str) -> None:
    characters, settings = sum(map(len, texts)), app.settings
    if characters > settings.max_images:
        raise CodeError(field, f"{characters} characters", f"must be at most {settings.max_images} a request")
    if _pixels(asked, texts) > settings.max_pixels:
        raise CodeError("height", asked.height, f"{characters} characters make more than {settings.max_pixels} pixels")


def _content(
    source: DatasetSource,
    asked: _LineRequest,
    texts: list[str],
    values: list[list[int]],
    images: Images,
    writer_style: WriterStyle,
    response_format: ResponseFormat,
) -> bytes:
    """In one piece of work, so that the lines' pictures are freed in its thread, not on the event loop."""
    written = _compose(asked, texts, values, list(pictures(images)), writer_style)
    return _encode(source, asked, written, response_format)


def _compose(
    asked: _LineRequest,
    texts: list[str],
    values: list[list[int]],
    glyphs: list[Picture],
    writer_style: WriterStyle,
) -> list[_Line]:
    style = lines.LineStyle(asked.height, asked.spacing, asked.kerning, asked.slant)
    remaining, written = iter(glyphs), []
    for i, (text, row) in enumerate(zip(texts, values, strict=True)):
        offsets = writer_style.baseline_offsets(i, len(text))
        line, boxes, mask = lines.compose(text, [next(remaining) for _ in row], offsets, style, asked.masks)
        written.append(_Line(text, lines.colourize(line, _rgb(asked.ink), _rgb(asked.paper)), boxes, mask))
    return written


def _encode(source: DatasetSource, asked: _LineRequest, written: list[_Line], response_format: ResponseFormat) -> bytes:
    if response_format is ResponseFormat.PNG:
        return png(_stacked([line.picture for line in written], _rgb(asked.paper)))
    entries = [
        {
            "text": line.text,
            "width": line.picture.shape[1],
            "height": line.picture.shape[0],
            "characters": [{"character": c, "box": box} for c, box in zip(line.text, line.boxes, strict=True)],
            "png": base64.b64encode(png(line.picture)).decode(),
            **({} if line.mask is None else {"mask": base64.b64encode(png(line.mask)).decode()}),
        }
        for line in written
    ]
    return json.dumps({"model": source.version, "seed": asked.seed, "lines": entries}).encode()


def _stacked(written: list[Picture], paper: tuple[int, int, int]) -> Picture:
    """Lines below one another on paper as wide as the longest."""
    width, first = max(picture.shape[1] for picture in written), written[0]
    ground = np.array(paper if first.ndim == 3 else paper[0], np.uint8)
    sheet = np.empty((sum(picture.shape[0] for picture in written), width, *first.shape[2:]), np.uint8)
    sheet[:] = ground
    top = 0
    for picture in written:
        sheet[top : top + picture.shape[0], : picture.shape[1]] = picture
        top += picture.shape[0]
    return sheet


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue
