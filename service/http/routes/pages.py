"""`POST /pages`: texts as a page of writing, and where its lines, words and characters stand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from latent import CodeError
from latent.codes import Value
from service.datasets.engine_adapter import dataset_source, generate_with, run_in
from service.datasets.line_composer import LineComposer
from service.datasets.page_composer import MAX_PAGE_CHARACTERS, PageComposer, line_entry
from service.datasets.plan import acceptance_test
from service.datasets.rejection_sampling import sample_glyphs
from service.datasets.source import DatasetSource
from service.datasets.writer_style import WriterStyle
from service.http.app_context import AppContext, InAppContext
from service.http.exception_handlers import detached
from service.http.hands import read_hand
from service.http.json_body import parse_json, require_json_request
from service.http.line_document import PageDocument, hand_member
from service.http.line_schemas import PageRequest
from service.http.negotiation import ResponseFormat, negotiate, vary
from service.http.openapi import JSON, file_response, inline_schema, problems
from service.http.problems import InvalidJson, JsonTypeRequired, ModelNotFound, NotAcceptable, NotReady
from service.http.query_parameters import no_query_parameters
from service.http.request_context import InRequestContext
from service.imaging.arrays import Images, Picture
from service.imaging.lines import colourize
from service.imaging.pages import ComposedPage, PageFullError
from service.imaging.paper.sheet import PaperPicture
from service.imaging.png import png

router = APIRouter(prefix="/pages", tags=["lines"])

_SMALL_BODY = 2**14  # bytes of a body that is parsed on the event loop
_FORMATS = (ResponseFormat.PNG, ResponseFormat.JSON)
_EXAMPLES: dict[str, Any] = {
    "a page": {"value": {"texts": ["3 1 4 1 5 9", "2 6 5"], "page_width": 1600, "page_height": 900, "seed": 4}},
    "on a notebook's paper": {
        "value": {"texts": ["3 1 4 1 5 9"], "page_width": 1600, "page_height": 700, "paper": "notebook"}
    },
}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": inline_schema(PageRequest), "examples": _EXAMPLES}},
}


@router.post(
    "",
    dependencies=[Depends(require_json_request), Depends(no_query_parameters)],
    openapi_extra={"requestBody": _BODY},
    **file_response(
        "image/png",
        JSON,
        document=PageDocument,
        others=problems(InvalidJson, JsonTypeRequired, ModelNotFound, NotAcceptable, NotReady),
    ),
)
async def page(request: Request, app: InAppContext, context: InRequestContext) -> Response:
    """A page in one hand, each text from a line of its own on.

    As JSON, its lines, their words and these words' characters each have a box `[x, y, width, height]`, and on paper,
    `paper=notebook`, `scan` or `photo`, a `quad`: the four corners as they are seen. Texts that do not fit on the page
    are refused.
    """
    content = await request.body()
    asked = await app.run(len(content) <= _SMALL_BODY, detached, parse_json, PageRequest, content)
    model = app.writing_model(asked.model)
    source = dataset_source(model, app.verifiers, app.pool)
    response_format = negotiate(context.head.accept, asked.format, _FORMATS)
    asked.check_frame(source.card)
    _check_size(app, asked)
    hand = await read_hand(app, context, model, asked)
    writers = WriterStyle(source.latent, asked.seed, {}, asked.jitter, asked.truncation, hand, most=MAX_PAGE_CHARACTERS)
    lines = LineComposer(source, writers, asked.line_style(asked.height))
    composer = PageComposer(lines, asked.page_style(asked.wrap), asked.seed)
    labels = await app.run_in_pool(composer.labels, asked.texts, "texts")
    context.hold(app.responses, _pixels(asked))
    generate, test = generate_with(model, context.remaining), acceptance_test(source)
    flat, propose = lines.proposal([0], [labels])
    drawn = await context.finish_in_time(sample_glyphs(flat, propose, generate, test, run_in(app.pool)))
    answer = await app.run_in_pool(_write, source, asked, composer, drawn.images, response_format, hand)
    headers = {
        "Cache-Control": "no-store",
        "Vary": vary(response_format),
        "Inkcode-Model": source.version,
        "Inkcode-Seed": str(asked.seed),
    }
    return Response(answer, headers=headers, media_type=response_format.media_type)


def _pixels(asked: PageRequest) -> int:
    return 3 * asked.page_width * asked.page_height


def _check_size(app: AppContext, asked: PageRequest) -> None:
    characters, settings = sum(map(len, asked.texts)), app.settings
    most = min(settings.max_images, MAX_PAGE_CHARACTERS)
    if characters > most:
        raise CodeError("texts", f"{characters} characters", f"must be at most {most} a page")
    if _pixels(asked) > settings.max_pixels:
        expected = f"makes a page of more than {settings.max_pixels} pixels in three channels"
        raise CodeError("page_width", asked.page_width, expected)


def _write(
    source: DatasetSource,
    asked: PageRequest,
    composer: PageComposer,
    glyphs: Images,
    response_format: ResponseFormat,
    hand: Mapping[str, Value] | None,
) -> bytes:
    composed = _compose(asked, composer, glyphs)
    picture, sheet = _picture(asked, composer, composed)
    if response_format is ResponseFormat.PNG:
        return png(picture)
    document: PageDocument = {
        "model": source.version,
        "seed": asked.seed,
        **hand_member(hand),
        "width": picture.shape[1],
        "height": picture.shape[0],
        "lines": [line_entry(line, sheet) for line in composed.lines],
        "png": base64.b64encode(png(picture)).decode(),
    }
    return json.dumps(document).encode()


def _compose(asked: PageRequest, composer: PageComposer, glyphs: Images) -> ComposedPage:
    try:
        return composer.compose(0, asked.texts, glyphs)
    except PageFullError as full:
        where = "a line" if full.is_wide else f"the page, which has {full.lines} lines of this height"
        expected = f"does not fit on {where}; ask for a larger page, or for lines of less height"
        raise CodeError(f"texts[{full.text}]", asked.texts[full.text], expected) from None


def _picture(asked: PageRequest, composer: PageComposer, page: ComposedPage) -> tuple[Picture, PaperPicture | None]:
    """The page in its colours, and its sheet unless it is clean."""
    style, ink, ground = asked.paper_style(asked.paper_kind), asked.ink_colour, asked.paper_colour
    if style.is_clean and ink and ground:
        return colourize(page.picture, ink, ground), None
    sheet = composer.on_paper(0, page, style, ink, ground)
    return sheet.picture, sheet
