"""`GET /lines`, `POST /lines`: text as lines of writing, and where every character stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response

from latent import CodeError
from latent.codes import Value
from service.datasets.engine_adapter import dataset_source, generate_with, run_in, runtime_fingerprint
from service.datasets.line_composer import LineComposer
from service.datasets.paper_parameters import paper_version
from service.datasets.plan import DEFAULT_MIN_CONFIDENCE, acceptance_test, software_versions
from service.datasets.rejection_sampling import sample_glyphs
from service.datasets.source import DatasetSource
from service.datasets.writer_style import WriterStyle, glyph_labels
from service.engine.repository.models import Model
from service.http.app_context import AppContext, InAppContext
from service.http.etags import is_not_modified, strong_etag
from service.http.exception_handlers import detached
from service.http.hands import read_hand
from service.http.json_body import parse_json, require_json_request
from service.http.line_document import LinesDocument, describe_line, hand_member
from service.http.line_schemas import LineQuery, LineRequest, LinesRequest
from service.http.negotiation import ResponseFormat, negotiate, vary
from service.http.openapi import ETAGGED, JSON, file_response, problems
from service.http.problems import InvalidJson, JsonTypeRequired, ModelNotFound, NotAcceptable, NotReady
from service.http.query_parameters import no_query_parameters, unique_query_parameters
from service.http.request_context import InRequestContext, RequestContext
from service.imaging import lines
from service.imaging.arrays import Images, Picture
from service.imaging.paper.perspective import Quad
from service.imaging.paper.sheet import put_on_paper
from service.imaging.png import png

router = APIRouter(prefix="/lines", tags=["lines"])

_SMALL_BODY = 2**14  # bytes of a body that is parsed on the event loop
_FORMATS = (ResponseFormat.PNG, ResponseFormat.JSON)

_MEDIA_TYPES, _PROBLEMS = ("image/png", JSON), (ModelNotFound, NotAcceptable, NotReady)


class _Line(NamedTuple):
    """A line in its colours, the box of each character, its mask if that was asked for, and the corners on paper."""

    text: str
    picture: Picture
    boxes: list[lines.Box]
    mask: Picture | None
    quads: list[Quad] | None = None


_EXAMPLES: dict[str, Any] = {
    "two lines": {"value": {"texts": ["2026-11-21", "3.14159"], "seed": 4, "height": 48, "ink": "#1a1a80"}}
}

_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": LinesRequest.model_json_schema(), "examples": _EXAMPLES}},
}


@router.get(
    "",
    dependencies=[Depends(unique_query_parameters)],
    **file_response(*_MEDIA_TYPES, document=LinesDocument, others=ETAGGED | problems(*_PROBLEMS)),
)
async def line(
    query: Annotated[LineQuery, Query()], request: Request, app: InAppContext, context: InRequestContext
) -> Response:
    """A line as a picture, or as JSON with a box `[x, y, width, height]` for each character.

    On paper, `paper=notebook`, `scan` or `photo`, each character has its `quad` too: its four corners as they are seen.
    """
    return await _respond(app, context, request, query, [query.text], "text", app.writing_model(query.model))


@router.post(
    "",
    dependencies=[Depends(require_json_request), Depends(no_query_parameters)],
    openapi_extra={"requestBody": _BODY},
    **file_response(*_MEDIA_TYPES, document=LinesDocument, others=problems(InvalidJson, JsonTypeRequired, *_PROBLEMS)),
)
async def several(request: Request, app: InAppContext, context: InRequestContext) -> Response:
    """Lines one below the other, or as JSON each a picture, with a box for each of its characters.

    With `style`, or with `hand`, which are pictures of some of a person's characters, all lines are in one hand. As
    JSON, the answer has the `hand` that was read: the style and the codes, as `fixed` of `POST /generate` takes them.
    """
    content = await request.body()
    body = await app.run(len(content) <= _SMALL_BODY, detached, parse_json, LinesRequest, content)
    model = app.writing_model(body.model)
    hand = await read_hand(app, context, model, body)
    return await _respond(app, context, request, body, body.texts, "texts", model, hand)


async def _respond(
    app: AppContext,
    context: RequestContext,
    request: Request,
    asked: LineRequest,
    texts: list[str],
    field: str,
    model: Model,
    hand: Mapping[str, Value] | None = None,
) -> Response:
    source = dataset_source(model, app.verifiers, app.pool)
    response_format = negotiate(context.head.accept, asked.format, _FORMATS)
    if asked.masks and response_format is not ResponseFormat.JSON:
        raise CodeError("masks", asked.masks, "must be left out unless the answer is JSON")
    asked.check_frame(source.card)
    _check_size(app, asked, texts, field)
    labels = await app.run(len(texts) == 1, _glyph_labels, source, texts, field)
    writers = WriterStyle(source.latent, asked.seed, {}, asked.jitter, asked.truncation, hand)
    composer = LineComposer(source, writers, asked.line_style(asked.height), asked.masks)
    version = " ".join(filter(None, (composer.version, paper_version(asked.paper_style(asked.paper_kind)))))
    headers = {
        "ETag": _etag(source, runtime_fingerprint(model), asked, version, response_format),
        "Cache-Control": context.cache_control("no-cache") if request.method == "GET" else "no-store",
        "Vary": vary(response_format),
        "Inkcode-Model": source.version,
        "Inkcode-Seed": str(asked.seed),
    }
    if request.method == "GET" and is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    context.hold(app.responses, _pixels(asked, texts))
    generate, test = generate_with(model, context.remaining), acceptance_test(source)
    flat, propose = await app.run(len(texts) == 1, composer.proposal, range(len(texts)), labels)
    drawn = await context.finish_in_time(sample_glyphs(flat, propose, generate, test, run_in(app.pool)))
    content = await app.run_in_pool(_write, source, asked, texts, composer, drawn.images, response_format, hand)
    return Response(content, headers=headers, media_type=response_format.media_type)


def _glyph_labels(source: DatasetSource, texts: list[str], field: str) -> list[list[int]]:
    fields = [field if field == "text" else f"{field}[{i}]" for i in range(len(texts))]
    return [glyph_labels(source, text, where) for text, where in zip(texts, fields, strict=True)]


def _etag(
    source: DatasetSource, runtime: str, asked: LineRequest, version: str, response_format: ResponseFormat
) -> str:
    reader = str(source.verifier and source.verifier.version)
    said_of_all = (source.sha256, runtime, software_versions(), DEFAULT_MIN_CONFIDENCE, reader, asked.canonical_json())
    parts = (*said_of_all, version) if version else said_of_all
    # Written as the first version wrote it, so that the ETags which clients hold stay valid.
    said = f"{repr(parts)[:-1]}, <Form.{response_format.name}: {response_format.value!r}>)"
    return strong_etag(said.encode())


def _pixels(asked: LineRequest, texts: list[str]) -> int:
    """Pixels of the response in all channels, estimated: a character is about as wide as high."""
    return 3 * sum(map(len, texts)) * asked.height**2


def _check_size(app: AppContext, asked: LineRequest, texts: list[str], field: str) -> None:
    characters, settings = sum(map(len, texts)), app.settings
    if characters > settings.max_images:
        raise CodeError(field, f"{characters} characters", f"must be at most {settings.max_images} a request")
    if _pixels(asked, texts) > settings.max_pixels:
        raise CodeError("height", asked.height, f"{characters} characters make more than {settings.max_pixels} pixels")


def _write(
    source: DatasetSource,
    asked: LineRequest,
    texts: list[str],
    composer: LineComposer,
    glyphs: Images,
    response_format: ResponseFormat,
    hand: Mapping[str, Value] | None,
) -> bytes:
    """In one piece of work, so that the lines' pictures are freed in its thread, not on the event loop."""
    return _encode(source, asked, _compose(asked, texts, composer, glyphs), response_format, hand)


def _compose(asked: LineRequest, texts: list[str], composer: LineComposer, glyphs: Images) -> list[_Line]:
    ink, paper, style = asked.ink_colour, asked.paper_colour, asked.paper_style(asked.paper_kind)
    written = []
    for number, line in enumerate(composer.compose(range(len(texts)), texts, glyphs)):
        if style.is_clean and ink and paper:
            picture = lines.colourize(line.picture, ink, paper)
            written.append(_Line(texts[number], picture, line.boxes, line.mask))
            continue
        ruled = composer.writing_lines
        sheet = put_on_paper(line.picture, line.mask, ruled, style, asked.seed, number, ink, paper)
        quads = [sheet.quad(box) for box in line.boxes]
        written.append(_Line(texts[number], sheet.picture, sheet.boxes(quads), sheet.mask, quads))
    return written


def _encode(
    source: DatasetSource,
    asked: LineRequest,
    written: list[_Line],
    response_format: ResponseFormat,
    hand: Mapping[str, Value] | None,
) -> bytes:
    if response_format is ResponseFormat.PNG:
        return png(_stacked([line.picture for line in written], asked.paper_colour or (255, 255, 255)))
    document: LinesDocument = {
        "model": source.version,
        "seed": asked.seed,
        **hand_member(hand),
        "lines": [describe_line(line.text, line.picture, line.boxes, line.quads, line.mask) for line in written],
    }
    return json.dumps(document).encode()


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
