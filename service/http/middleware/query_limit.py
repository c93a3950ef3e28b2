"""The most parameters that a query may have."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from latent import CodeError

MAX_PARAMETERS = 256
"""Of one query; codes may be given by name, `z.0=1`, so there may be many."""


class QueryLimit:
    """Refuses longer queries with 422, before anything parses them on the event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        number = 1 + scope.get("query_string", b"").count(b"&")
        if number > MAX_PARAMETERS:
            raise CodeError("query", f"{number} parameters", f"must have at most {MAX_PARAMETERS} parameters")
        await self._app(scope, receive, send)
