"""Bodies that a client has compressed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.engine.limiter import Budget
from service.http.middleware.body_memory import BodyMemory
from service.http.negotiation import CODINGS
from service.http.problems import BodyTooLarge, InvalidCoding, UnsupportedCoding
from service.http.request_context import SCOPE_KEY, RequestContext

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's `wbits`
_OF_ENCODED = (b"content-encoding", b"content-length")  # headers that do not hold of the decoded body
_PIECE = 2**16  # bytes that are decoded, read or written, before the event loop may do something else


class Decompression:
    """Decodes a body by its `Content-Encoding`: gzip or deflate, to at most `limit` bytes.

    Decoding ends as soon as there are more, so a small body that expands without end costs no more than a large one.
    What is decoded is counted in `bodies` until the request is answered, and is refused with 429 where it does not fit.
    """

    def __init__(self, app: ASGIApp, limit: int, bodies: Budget) -> None:
        self._app, self._limit, self._bodies = app, limit, bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: RequestContext | None = scope.get(SCOPE_KEY)
        coding = context.head.content_coding.removeprefix("x-") if context else ""
        if not coding:
            return await self._app(scope, receive, send)
        if coding not in CODINGS:
            raise UnsupportedCoding(coding, CODINGS)
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _OF_ENCODED]
        memory = BodyMemory(self._bodies)
        pieces, ended = self._decode(coding, receive, memory), False

        async def receive_decoded() -> Message:
            nonlocal ended
            if ended:
                return await receive()
            try:
                piece = await anext(pieces, None)
            except _Disconnected as disconnected:
                return disconnected.message
            ended = piece is None
            return {"type": "http.request", "body": piece or b"", "more_body": not ended}

        with memory:
            return await self._app(scope, receive_decoded, send)

    async def _decode(self, coding: str, receive: Receive, memory: BodyMemory) -> AsyncIterator[bytes]:
        decoder, begun, size, more = _decoder(coding, b""), False, 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _Disconnected(message)
            body, more = message.get("body", b""), message.get("more_body", False)
            for start in range(0, len(body), _PIECE):
                rest = body[start : start + _PIECE]
                if not begun:
                    decoder, begun = _decoder(coding, rest), True
                while rest:
                    if decoder.eof:  # a gzip file may have several members (RFC 1952, section 2.2)
                        if coding != "gzip":
                            raise InvalidCoding(coding)
                        decoder = _decoder(coding, rest)
                    try:
                        decoded = decoder.decompress(rest, _PIECE)
                    except zlib.error:
                        raise InvalidCoding(coding) from None
                    rest = decoder.unconsumed_tail or decoder.unused_data
                    size += len(decoded)
                    if size > self._limit:
                        raise BodyTooLarge(self._limit)
                    memory.grow_to(size)
                    if decoded:
                        yield decoded
                    await asyncio.sleep(0)
        if begun and not decoder.eof:
            yield decoder.flush()  # of raw deflate, which has no checksum after its content, a few bytes may be left
            if not decoder.eof:
                raise InvalidCoding(coding)


class _Disconnected(Exception):  # noqa: N818 - no error
    """The client has disconnected; `message` says so."""

    def __init__(self, message: Message) -> None:
        super().__init__()
        self.message = message


def _decoder(coding: str, first: bytes) -> zlib._Decompress:
    """A decoder. `deflate` means the zlib format, and some clients send raw deflate (RFC 9110, section 8.4.1.2)."""
    if coding == "gzip":
        return zlib.decompressobj(_GZIP)
    is_zlib = len(first) < 2 or (first[0] & 15 == 8 and (first[0] << 8 | first[1]) % 31 == 0)
    return zlib.decompressobj(_ZLIB if is_zlib else _RAW)
