"""`POST /corpora`: texts of the client's own, of which lines of a data set are written."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from latent import CodeError
from service.datasets import corpora
from service.datasets.corpora import ID_PATTERN, Corpus
from service.http.app_context import AppContext, InAppContext
from service.http.etags import is_not_modified
from service.http.openapi import ETAGGED, JSON, file_response, problems
from service.http.problem_document import field_error
from service.http.problems import CorpusNotFound, TextTypeRequired
from service.http.query_parameters import no_query_parameters
from service.http.request_context import InRequestContext
from service.http.request_head import RequestHead


class CorpusDocument(TypedDict):
    """A corpus that is kept."""

    id: Annotated[str, Field(description="Its digest, which `corpus=` of a data set takes.")]
    texts: Annotated[int, Field(description="Different texts.")]
    longest: Annotated[int, Field(description="Characters of the longest text.")]
    charset: Annotated[list[str], Field(description="Every character, in order.")]


router = APIRouter(prefix="/corpora", tags=["datasets"])

_TEXT = {"type": "string", "description": "A text a line, in UTF-8; each has at most 64 characters."}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/plain": {"schema": _TEXT, "example": "1,234\n2026-11-21\n"}}}
}


@router.post(
    "",
    dependencies=[Depends(no_query_parameters)],
    openapi_extra=_BODY,
    **file_response(JSON, document=CorpusDocument, status=201, others=problems(TextTypeRequired)),
)
async def send(request: Request, app: InAppContext, context: InRequestContext) -> Response:
    """Keep a corpus, a text a line. The `id` that is answered is what `corpus=` of a data set takes.

    Empty lines, repeated lines and the space around a line do not count. The id is a digest of the texts, so the same
    corpus has the same id everywhere. The corpora that were used last are kept.
    """
    content_type = RequestHead.parse(request.headers.raw).content_type
    if content_type not in ("", "text/plain"):
        expected = "must be text/plain, in UTF-8"
        raise TextTypeRequired(f"Content-Type {expected}", [field_error("Content-Type", content_type, expected)])
    app.shard_limiter.check_capacity()
    body = await request.body()

    async def keep() -> Corpus:
        async with app.shard_limiter.slot():
            return await app.run_in_pool(_keep, app, body)

    corpus = await context.finish_in_time(keep())
    document: CorpusDocument = {
        "id": corpus.id,
        "texts": len(corpus.texts),
        "longest": corpus.texts.longest,
        "charset": sorted(corpus.texts.alphabet),
    }
    location = f"{request.scope.get('root_path', '')}/corpora/{corpus.id}"
    headers = {"Location": location, "Cache-Control": "no-store"}
    content = json.dumps(document, ensure_ascii=False).encode()
    return Response(content, 201, headers, "application/json")


@router.get(
    "/{id}",
    dependencies=[Depends(no_query_parameters)],
    **file_response("text/plain", others=ETAGGED | problems(CorpusNotFound)),
)
async def read(
    id: Annotated[str, Path(pattern=ID_PATTERN)],  # noqa: A002 - the name that the OpenAPI document shows
    request: Request,
    app: InAppContext,
    context: InRequestContext,
) -> Response:
    """The texts of a corpus that is kept, one a line."""
    try:
        corpus = await app.run_in_pool(app.corpora.find, id)
    except CodeError as error:
        raise CorpusNotFound(error.expected, [field_error("id", id, error.expected)]) from None
    headers = {"ETag": f'"{corpus.id}"', "Cache-Control": context.cache_control("max-age=31536000, immutable")}
    if is_not_modified(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(corpus.content, headers=headers, media_type="text/plain; charset=utf-8")


def _keep(app: AppContext, body: bytes) -> Corpus:
    corpus = corpora.parse(body, "body")
    app.corpora.add(corpus)
    return corpus
