"""Applies the app's policies to every request that comes through ASGI."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.exception_handlers import to_response
from service.http.policies.policy import PolicyChain
from service.http.problems import InternalError, NotReady
from service.http.request_context import ARRIVED_KEY, SCOPE_KEY, RequestContext
from service.http.request_head import RequestHead


class PolicyMiddleware:
    """Asks the policies before the app, adds their headers to its response and tells them of its end.

    The request's context is in the scope as `SCOPE_KEY`. The fast path puts it there for a request that it declines:
    then the policies have been asked already. Whatever the app raises before a response begins becomes a problem.
    """

    def __init__(self, app: ASGIApp, policies: PolicyChain) -> None:
        self._app, self._policies = app, policies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        context: RequestContext | None = scope.get(SCOPE_KEY)
        asked = context is not None
        if context is None:
            path = scope["path"].removeprefix(scope.get("root_path", ""))
            head = RequestHead.parse(scope["headers"])
            context = RequestContext(scope["method"], path, head, "asgi", scope.get(ARRIVED_KEY))
            context.http_version = scope.get("http_version", "1.1")
            scope[SCOPE_KEY] = context

        async def send_with_policies(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                own = (*self._policies.headers, *self._policies.response_headers(context))
                message["headers"] = [*message["headers"], *own]
            else:
                context.response_bytes += len(message.get("body", b""))
            await send(message)

        try:
            if not asked:
                self._policies.on_request(context)
            await self._app(scope, receive, send_with_policies)
        except Exception as error:
            if context.status == InternalError.status:
                return None  # answered and logged: Starlette raises such exceptions again
            if context.status is not None:
                raise  # the server closes the connection: a response that stops half-way must not look whole
            response = to_response(error, context)
            await response(scope, receive, send_with_policies)
        except asyncio.CancelledError:
            if context.status is not None:
                raise
            # The server cancels what is not done when its time to drain is over.
            response = NotReady("shutting down", headers={"Connection": "close"}).response(context.path)
            await response(scope, receive, send_with_policies)
        finally:
            context.route = getattr(scope.get("route"), "path", context.route)
            context.release()
            self._policies.on_end(context)
