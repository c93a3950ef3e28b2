"""Large bodies of responses, sent as fast as the client reads them."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PIECE = 2**18  # bytes; servers copy what a socket does not take at once


class Backpressure:
    """Sends a large body in pieces, each once the server has room for it, and lets others run between two of them.

    A body that is sent in one piece is copied into the server's buffer, on the event loop, for each client.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_pieces(message: Message) -> None:
            body = message.get("body", b"")
            if len(body) <= _PIECE:
                await send(message)
                return
            for start in range(0, len(body), _PIECE):
                more = start + _PIECE < len(body) or message.get("more_body", False)
                await send({**message, "body": body[start : start + _PIECE], "more_body": more})
                await asyncio.sleep(0)

        await self._app(scope, receive, send_in_pieces)
