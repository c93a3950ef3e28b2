"""The most bytes that a request's body may have, and the bodies of all requests together."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.engine.limiter import Budget
from service.http.problems import BodyTooLarge, TooManyRequests


class BodyLimit:
    """Refuses a body of more than `limit` bytes with 413: at once by its `Content-Length`, or while it is read.

    Until the request is answered, its body is counted in `bodies`, by its `Content-Length` before it is read. Where
    that does not fit, it is refused with 429.
    """

    def __init__(self, app: ASGIApp, limit: int, bodies: Budget) -> None:
        self._app, self._limit, self._bodies = app, limit, bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and float(announced) > self._limit:
            raise BodyTooLarge(self._limit)
        read = reserved = 0

        def reserve(size: int) -> None:
            nonlocal reserved
            if size > reserved:
                if not self._bodies.reserve(size - reserved, size):
                    raise TooManyRequests(1.0, "the bodies that are being read take all the memory that they may")
                reserved = size

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise BodyTooLarge(self._limit)
            reserve(read)
            return message

        try:
            reserve(int(announced) if announced.isdigit() else 0)
            await self._app(scope, receive_within_limit, send)
        finally:
            self._bodies.release(reserved)
