"""What wraps every request: plain ASGI, so that nothing is buffered on the way."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.auth import Keys
from service.http.problems import BodyTooLarge, Fault, NoKey, Problem, UnknownKey
from service.metrics import Metrics

_log = logging.getLogger(__name__)

SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)

_OPEN = frozenset({"/livez", "/readyz", "/metrics", "/v2/health/live", "/v2/health/ready"})
"""Paths of the machines that watch, which carry no keys."""

EXPOSED = ("ETag", "Inkcode-Model", "Inkcode-Seed", "Retry-After", "Server-Timing")
"""Headers that a page from an allowed origin may read."""


class HeadAsGet:
    """Answers HEAD on every path that answers GET, by the same headers without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self._app(scope, receive, send)

        async def send_headers(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        return await self._app({**scope, "method": "GET"}, receive, send_headers)


class BodyLimit:
    """Answers 413 to a body of more than `limit` bytes: at once where it is announced, else while it is read."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if announced.isdigit() and float(announced) > self._limit:
            return await BodyTooLarge(self._limit).response()(scope, receive, send)
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise BodyTooLarge(self._limit)
            return message

        return await self._app(scope, receive_within_limit, send)


class KeysOnly:
    """Lets through what carries a key that is known, and what needs none."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app, self._keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN:
            return await self._app(scope, receive, send)
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        try:
            check_key(self._keys, given)
        except Problem as problem:
            return await problem.response()(scope, receive, send)
        return await self._app(scope, receive, send)


def check_key(keys: Keys, authorization: bytes) -> None:
    """Refuse a request without a key that is known, by the value of its header, empty where there is none.

    Raises:
        NoKey: it carries none.
        UnknownKey: it carries another.
    """
    scheme, _, key = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not key:
        raise NoKey
    if not keys.know(key.strip()):
        raise UnknownKey


class Observe:
    """Counts and times every request by its route, and answers 500 where the app fails to answer.

    Browsers are forbidden to guess content types, to show answers inside other sites' pages and to tell where they
    have been.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        status: int | None = None

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *SECURITY]
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        except Exception:
            if status not in (None, Fault.status):
                raise  # the server hangs up: an answer that stops half-way must not look whole
            _log.exception("no answer to %s %r", scope["method"], scope["path"])
            if status is None:
                await Fault("the service's log says more").response()(scope, receive, send_observed)
        finally:
            # The route's template, never the path: a label takes no values a client can invent.
            route = getattr(scope.get("route"), "path", "unmatched")
            self._metrics.observe_request(route, status or Fault.status, time.perf_counter() - began)
