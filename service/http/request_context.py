"""One request while it is served: who asks, until when, and what is known of the answer."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable
from contextlib import ExitStack
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema
from starlette.types import Receive

from service.engine.errors import DeadlineError
from service.engine.limiter import Budget
from service.http.app_context import InAppContext
from service.http.disconnect import DisconnectWatcher
from service.http.request_head import RequestHead

T = TypeVar("T")

ServedBy = Literal["fast", "asgi", "grpc"]
"""The ways a request is served: `service.http.fast_path`, the ASGI app, or `service.grpc`."""

SCOPE_KEY = "inkcode.request"
"""Where the ASGI scope holds the request's context."""

ARRIVED_KEY = "inkcode.arrived"
"""Where it holds the time of the request's first byte, by `time.perf_counter()`, if the server notes it."""


class RequestContext:
    """What policies and routes know of one request. Policies fill it in as the request is served.

    `arrived` is `time.perf_counter()` at its first byte and `time_limit` the seconds it may take from then.
    `path` is the URL's, without the prefix of a proxy. `route` is a path template of the app, `unmatched` where there
    is none. `status` is None before the answer begins.
    `rows` are the images computed for it; `queue`, `inference` and `encode` are seconds. `key` is the name of the API
    key that let it in, empty where the key has no name, None where none was needed.
    """

    __slots__ = (
        "_held",
        "_watcher",
        "arrived",
        "encode",
        "head",
        "http_version",
        "inference",
        "key",
        "method",
        "model",
        "path",
        "queue",
        "receive",
        "request_id",
        "response_bytes",
        "route",
        "rows",
        "served_by",
        "status",
        "time_limit",
    )

    def __init__(
        self, method: str, path: str, head: RequestHead, served_by: ServedBy, arrived: float | None = None
    ) -> None:
        self.method, self.path, self.head, self.served_by = method, path, head, served_by
        self.http_version = "1.1"
        self.arrived = time.perf_counter() if arrived is None else arrived
        self.time_limit = math.inf
        self.request_id = ""
        self.route = "unmatched"
        self.status: int | None = None
        self.response_bytes = 0
        self.model = ""
        self.key: str | None = None
        self.rows = 0
        self.queue = self.inference = self.encode = 0.0
        self.receive: Receive | None = None
        self._watcher: DisconnectWatcher | None = None
        self._held: ExitStack | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since it arrived."""
        return time.perf_counter() - self.arrived

    @property
    def remaining(self) -> float:
        """Seconds until its deadline; negative once it has passed."""
        return self.time_limit - (time.perf_counter() - self.arrived)

    def cache_control(self, directives: str) -> str:
        """`Cache-Control` of an answer that may be stored: by shared caches too, unless a key was needed to get it."""
        return directives if self.key is not None else f"public, {directives}"

    def watch(self, receive: Receive, watcher: DisconnectWatcher) -> None:
        """Have `cancel_on_disconnect` listen to `receive`, the request's messages after its body."""
        self.receive, self._watcher = receive, watcher

    def hold(self, budget: Budget, amount: int) -> None:
        """Hold an amount of a budget until the response has been sent, however slowly the client reads it.

        Raises:
            QueueFullError: it is too much beside what is held.
        """
        if amount:
            self._held = self._held or ExitStack()
            self._held.enter_context(budget.hold(amount))

    def release(self) -> None:
        """Give back all that is held; the request has ended."""
        if self._held:
            self._held.close()

    async def cancel_on_disconnect(self, work: Awaitable[T]) -> T:
        """Await work of the current task; see `DisconnectWatcher.cancel_on_disconnect`.

        Raises:
            ClientDisconnected: the client closed the connection before the work was done.
        """
        if self.receive is None or self._watcher is None:
            return await work
        return await self._watcher.cancel_on_disconnect(self.receive, work)

    async def finish_in_time(self, work: Awaitable[T]) -> T:
        """Await work that checks no deadline itself, and cancel it at the deadline or when the client disconnects.

        Raises:
            DeadlineError: it was not done by the deadline.
            ClientDisconnected: the client closed the connection before it was done.
        """
        try:
            async with asyncio.timeout(self.remaining if self.time_limit < math.inf else None):
                return await self.cancel_on_disconnect(work)
        except TimeoutError:
            raise DeadlineError(self.time_limit) from None


def _of_request(
    request: Request,
    app: InAppContext,
    deadline: Annotated[
        float | None,
        Header(
            alias="Inkcode-Deadline",
            gt=0,
            allow_inf_nan=False,
            description="Seconds to wait for the answer at most; what cannot be ready in time is a 504, not computed.",
        ),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),  # left out, but never null
    ] = None,
) -> RequestContext:
    # The header is declared for the OpenAPI document; `service.http.deadline` has read it before.
    context: RequestContext = request.scope[SCOPE_KEY]
    context.watch(request.receive, app.disconnects)
    return context


InRequestContext = Annotated[RequestContext, Depends(_of_request)]
"""A route's parameter: the context of the request it answers."""
