"""The most bytes that a request's body may have, and the bodies of all requests together."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.engine.limiter import Budget
from service.http.middleware.body_memory import BodyMemory
from service.http.problems import BodyTooLarge


class BodyLimit:
    """Refuses a body of more than `limit` bytes with 413: at once by its `Content-Length`, or while it is read.

    Until the request is answered, its body is counted in `bodies`, by its `Content-Length` before it is read. Where
    that does not fit, it is refused with 429.
    """

    def __init__(self, app: ASGIApp, limit: int, bodies: Budget) -> None:
        self._app, self._limit, self._bodies = app, limit, bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and float(announced) > self._limit:
            raise BodyTooLarge(self._limit)
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise BodyTooLarge(self._limit)
            memory.grow_to(read)
            return message

        with BodyMemory(self._bodies) as memory:
            memory.grow_to(int(announced) if announced.isdigit() else 0)
            await self._app(scope, receive_within_limit, send)
