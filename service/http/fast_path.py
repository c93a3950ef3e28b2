"""Answers small `POST /generate` requests without a task, ASGI messages or the framework.

For a small image, what a Python server does for a request by its own conventions costs more than the inference. Here a
request is prepared at once, waits in the batcher without a task of its own, and is answered in one write. Policies,
preparing, rendering and errors are those of the ASGI route; a request that `prepare` leaves unfinished is handed on to
that route, with what was parsed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

import numpy as np

from service.engine.inference_request import InferenceRequest, InferenceResult
from service.http.app_context import AppContext
from service.http.exception_handlers import to_response
from service.http.policies.policy import PolicyChain
from service.http.prepare_generate import SMALL_BODY, Unfinished, prepare
from service.http.problems import ClientDisconnected
from service.http.rendering import RenderPlan, render
from service.http.request_context import RequestContext
from service.http.request_head import Headers, RequestHead

METHOD, PATH = "POST", "/generate"


class HandOff(NamedTuple):
    """A request that the ASGI route is to answer; the policies have let it in."""

    context: RequestContext
    prepared: Unfinished


class FastRequest:
    """A request on the fast path. When it is `done`, it calls `on_done`, and `FastPath.respond` answers it.

    It is a `Completion`: an `asyncio.Future` would call back in a later iteration of the event loop.
    """

    __slots__ = ("_cancelled", "_outcome", "context", "job", "on_done", "plan")

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self.plan: RenderPlan | None = None
        self.job: InferenceRequest[np.float32, np.uint8] | None = None
        self.on_done: Callable[[], None] | None = None
        self._outcome: InferenceResult[np.uint8] | BaseException | None = None
        self._cancelled = False

    def done(self) -> bool:
        """Whether it has a result or an exception, or was cancelled."""
        return self._outcome is not None or self._cancelled

    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        self._cancelled, self.job = self._outcome is None, None

    def set_result(self, result: InferenceResult[np.uint8]) -> None:
        """Give it its result."""
        self._end(result)

    def set_exception(self, exception: BaseException) -> None:
        """Give it the exception that is raised instead of a result."""
        self._end(exception)

    def result(self) -> InferenceResult[np.uint8]:
        """The result of a request that is done.

        Raises:
            BaseException: its exception.
        """
        if isinstance(self._outcome, InferenceResult):
            return self._outcome
        raise self._outcome or asyncio.CancelledError

    def _end(self, outcome: InferenceResult[np.uint8] | BaseException) -> None:
        self._outcome, self.job = outcome, None  # the job refers to this object
        if self.on_done:
            self.on_done()


class FastPath:
    """Takes requests, of at most `max_body` bytes, and answers them."""

    def __init__(self, app: AppContext, policies: PolicyChain) -> None:
        self._app, self._policies = app, policies
        self._common = header_lines(policies.headers)
        self.max_body = min(SMALL_BODY, app.settings.max_body)
        self.urls = frozenset({PATH.encode(), (app.settings.root_path + PATH).encode()})
        """The path as proxies send it: without their prefix, or with it."""
        self.bodies = app.bodies

    def count_declined(self, reason: str) -> None:
        """Count a `POST /generate` that ASGI answers instead."""
        self._app.metrics.count_declined(reason)

    def submit(self, headers: Headers, body: bytes, arrived: float | None = None) -> FastRequest | HandOff | None:
        """Queue a request. None where only ASGI can answer it, before any policy was asked.

        `arrived` is the time of its first byte, by `time.perf_counter()`; now, where it is left out.
        """
        app = self._app
        context = RequestContext(METHOD, PATH, RequestHead.parse(headers), "fast", arrived)
        context.route = PATH
        if context.head.origin and app.settings.origins:  # CORS is a middleware
            self.count_declined("origin")
            return None
        if context.head.content_coding:
            self.count_declined("coding")
            return None
        request = FastRequest(context)
        try:
            self._policies.on_request(context)
            prepared = prepare(app, context, body)
            if isinstance(prepared, Unfinished):
                self.count_declined(prepared.reason)
                context.served_by = "asgi"
                return HandOff(context, prepared)
            request.plan = prepared
            request.job = prepared.model.batcher.enqueue(prepared.latents, request, context.remaining)
        except Exception as error:
            request.set_exception(error)
        return request

    def respond(self, request: FastRequest) -> tuple[bytes, bytes]:
        """The head of the response, without the empty line that ends it, and the body."""
        context = request.context
        try:
            result = request.result()
            assert request.plan  # noqa: S101 - only refused requests, whose result raises, have none
            body, headers = render(self._app, context, request.plan, result)
            context.status = HTTPStatus.OK
            lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()]).encode("latin-1")
            lines += b"content-length: %d\r\n" % len(body)
        except (Exception, asyncio.CancelledError) as error:
            response = to_response(error, context)
            context.status, body = response.status_code, bytes(response.body)
            lines = header_lines(response.raw_headers)
        context.response_bytes = len(body)
        own = header_lines(self._policies.response_headers(context))
        return b"".join((_status_line(context.status), lines, self._common, own)), body

    def end(self, request: FastRequest) -> None:
        """The response has been written: tell the policies."""
        self._policies.on_end(request.context)

    def abandon(self, request: FastRequest) -> None:
        """The client has disconnected: drop the request from the queue."""
        if request.job and request.plan:
            request.plan.model.batcher.cancel(request.job)
        request.context.status = ClientDisconnected.status
        self.end(request)


def header_lines(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Header fields as HTTP/1.1 sends them."""
    return b"".join([b"%b: %b\r\n" % field for field in headers])


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
