"""Ends requests at their deadlines, whatever they wait for."""

from __future__ import annotations

import asyncio
import math

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import DeadlineExceeded
from service.http.request_context import SCOPE_KEY, RequestContext


class DeadlineTimeout:
    """Cancels a request at its deadline, from the reading of its body to the encoding of its response: 504.

    Once the response has begun, the deadline is met: how fast the client reads it is the server's concern.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        context: RequestContext = scope[SCOPE_KEY]
        timeout = asyncio.timeout(context.remaining if context.time_limit < math.inf else None)

        async def send_without_deadline(message: Message) -> None:
            if message["type"] == "http.response.start" and not timeout.expired():
                timeout.reschedule(None)
            await send(message)

        try:
            async with timeout:
                await self._app(scope, receive, send_without_deadline)
        except TimeoutError:
            if not timeout.expired():
                raise
            raise DeadlineExceeded(f"it cannot be done within {context.time_limit:g} s") from None
