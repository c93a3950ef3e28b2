"""Large answers of JSON and arrays, compressed for clients that accept it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from zlib_ng import zlib_ng

from service.http.negotiation import COMPRESSIBLE, MIN_COMPRESSED, negotiate_coding
from service.http.request_context import SCOPE_KEY, RequestContext

_WINDOW_BITS = {"gzip": 31, "deflate": 15}  # zlib's `wbits`: the format around the compressed bytes
_CONDITIONS = (b"if-none-match", b"if-match")
_QUOTE = '"'
_LEVEL = (
    2  # on base64 and arrays of images, level 1 leaves a fifth more; higher levels are slower and save a few per cent
)


class Compression:
    """Compresses answers of the types `COMPRESSIBLE` from `MIN_COMPRESSED` bytes on, by `Accept-Encoding`.

    Pictures, archives and shards are compressed already. Other bytes need another strong ETag (RFC 9110, section
    8.8.3): that of the answer, with the coding's name after it. `If-None-Match` is understood in the same way.
    """

    def __init__(self, app: ASGIApp, executor: Executor) -> None:
        self._app, self._executor = app, executor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: RequestContext | None = scope.get(SCOPE_KEY)
        coding = negotiate_coding(context.head.accept_encoding) if context else None
        held = _strip_coding(scope, coding) if coding else b""
        start: Message = {}

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if not _is_compressible(message):
                    if coding and message["status"] == 304:
                        headers = MutableHeaders(raw=message["headers"])
                        if _with_coding(headers.get("etag", ""), coding).encode("latin-1") in held:
                            headers["etag"] = _with_coding(headers["etag"], coding)
                    await send(message)
                return
            if start and _is_compressible(start):
                await self._compress(start, message, coding)
                await send(start)
            start = {}
            await send(message)

        return await self._app(scope, receive, send_compressed)

    async def _compress(self, start: Message, message: Message, coding: str | None) -> None:
        """Compress the body in `message`, if it is whole and large enough, and adapt the headers in `start`."""
        body = message.get("body", b"")
        if message.get("more_body") or len(body) < MIN_COMPRESSED:
            return
        headers = MutableHeaders(raw=start["headers"])
        is_stored = "no-store" not in headers.get("cache-control", "")
        if (coding or is_stored) and "Accept-Encoding" not in headers.get("vary", ""):
            headers.add_vary_header("Accept-Encoding")
        if not coding:
            return
        work = asyncio.get_running_loop().run_in_executor(self._executor, _compressed, body, coding)
        message["body"] = compressed = await work
        headers["content-encoding"], headers["content-length"] = coding, str(len(compressed))
        if "etag" in headers:
            headers["etag"] = _with_coding(headers["etag"], coding)


def _is_compressible(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    media_type = headers.get("content-type", "").partition(";")[0]
    return start["status"] == 200 and media_type in COMPRESSIBLE and "content-encoding" not in headers


def _compressed(body: bytes, coding: str) -> bytes:
    compress = zlib_ng.compressobj(_LEVEL, wbits=_WINDOW_BITS[coding])
    return compress.compress(body) + compress.flush()


def _with_coding(etag: str, coding: str) -> str:
    return f'{etag.removesuffix(_QUOTE)}-{coding}"'


def _strip_coding(scope: Scope, coding: str) -> bytes:
    """Take the coding off the ETags of conditions, so that routes know them; `If-None-Match` as it was sent."""
    suffix = f'-{coding}"'.encode()
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if any(name in _CONDITIONS for name, _ in headers):
        scope["headers"] = [
            (name, value.replace(suffix, b'"') if name in _CONDITIONS else value) for name, value in headers
        ]
    return b",".join(value for name, value in headers if name == b"if-none-match")
