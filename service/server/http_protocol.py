"""uvicorn's HTTP/1.1 protocol with the fast path in front of ASGI."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.fast_path import METHOD, FastPath, FastRequest, HandOff, header_lines
from service.http.request_context import SCOPE_KEY
from service.http.routes.generate import PREPARED_KEY
from service.server.coalescing_transport import CoalescingTransport
from service.server.hangup import has_hung_up

_METHOD = METHOD.encode()

_LOOK_AFTER = 0.1  # seconds


class _Cycle:
    """The current request of a connection, as far as uvicorn looks at one, while the fast path answers it."""

    message_event = asyncio.Event()  # uvicorn sets it when the connection is lost; nothing here waits for it

    def __init__(self, request: FastRequest) -> None:
        self.request: FastRequest | None = request  # None once it is answered, so that its images can be freed
        self.response_complete = self.disconnected = False
        self.keep_alive = True


class FastPathProtocol(HttpToolsProtocol):
    """Answers what the fast path takes; everything else is uvicorn's own.

    The `FastPath` comes with the lifespan's state, as `fast_path`. The parts of uvicorn that this class stands on are
    listed in `service.server.uvicorn_internals`.
    """

    _fast_path: FastPath | None = None
    _body: list[bytes] | None = None  # parts of the body of a request that may take the fast path
    _body_size = 0
    _earlier: tuple[
        Any, ...
    ] = ()  # requests before `cycle` that are not answered yet: uvicorn knows the last one alone
    _look_again: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Coalesce the writes of a response."""
        self._fast_path = self.app_state.get("fast_path")
        super().connection_made(cast(asyncio.Transport, CoalescingTransport(transport)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Abandon all requests that are not answered yet."""
        for cycle in (*self._earlier, self.cycle):
            if not isinstance(cycle, _Cycle):
                if cycle is not None and not cycle.response_complete:
                    cycle.disconnected = True
                    cycle.message_event.set()
            elif cycle.request and self._fast_path:
                self._fast_path.abandon(cycle.request)
                cycle.request = None
        if self._look_again:
            self._look_again.cancel()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Keep a request for the fast path, or begin it."""
        if self._fast_path and self.url in self._fast_path.urls and self.parser.get_method() == _METHOD:
            reason = self._why_not()
            if reason is None:
                self._body, self._body_size = [], 0
                return
            self._fast_path.declined(reason)
        if self.cycle is not None and not self.cycle.response_complete:
            self._earlier = (*(cycle for cycle in self._earlier if not cycle.response_complete), self.cycle)
            self._look_again = self._look_again or self.loop.call_later(_LOOK_AFTER, self._abort_if_hung_up)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep the body, too."""
        if self._body is None or not self._fast_path:
            super().on_body(body)
            return
        self._body.append(body)
        self._body_size += len(body)
        if self._body_size > self._fast_path.max_body:
            self._fast_path.declined("body")
            self._begin()

    def on_message_complete(self) -> None:
        """Submit the request, or hand it on to ASGI."""
        if self._body is None or not self._fast_path:
            super().on_message_complete()
            return
        request = self._fast_path.submit(self.headers, b"".join(self._body))
        if isinstance(request, FastRequest):
            self._body = None
            self.cycle = cast(Any, cycle := _Cycle(request))
            request.done.add_done_callback(partial(self._respond, self._fast_path, cycle))
        else:
            self._begin(request)
            super().on_message_complete()

    def shutdown(self) -> None:
        """Close the connection after the response to what was requested, even where the request is not whole yet."""
        if self._body is not None:
            self._begin()
        super().shutdown()

    def _why_not(self) -> str | None:
        """Why the request cannot take the fast path; None where it can."""
        if self.cycle is not None and not self.cycle.response_complete:
            return "pipelined"
        if self.expect_100_continue:
            return "expect"
        if self.parser.should_upgrade():
            return "upgrade"
        if not self.parser.should_keep_alive() or self.parser.get_http_version() != "1.1":
            return "close"
        if self.flow.write_paused:
            return "backpressure"
        return None

    def _abort_if_hung_up(self) -> None:
        """Look for the end of the stream while requests are pipelined: uvicorn pauses reading then."""
        self._look_again = None
        if self.transport.is_closing() or not self.pipeline:
            return
        if has_hung_up(self.transport):
            self.transport.abort()
        else:
            self._look_again = self.loop.call_later(_LOOK_AFTER, self._abort_if_hung_up)

    def _begin(self, handed: HandOff | None = None) -> None:
        """Begin the request that was kept as an ASGI request."""
        body, self._body = self._body, None
        if handed:
            scope = cast(dict[str, Any], self.scope)
            scope[SCOPE_KEY], scope[PREPARED_KEY] = handed
        super().on_headers_complete()
        for part in body or ():
            super().on_body(part)

    def _respond(self, fast_path: FastPath, cycle: _Cycle, done: asyncio.Future[Any]) -> None:
        request = cycle.request
        if not request:  # the client has disconnected
            if not done.cancelled():
                done.exception()  # retrieve it, so that asyncio does not log it
            return
        head, body = fast_path.respond(request)
        close = not cycle.keep_alive or b"\r\nconnection: close\r\n" in head
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        transport = cast(CoalescingTransport, self.transport)
        transport.write_now(b"".join((head, header_lines(self.server_state.default_headers), end, body)))
        cycle.request, cycle.response_complete = None, True
        fast_path.end(request)
        if close:
            transport.close()
        self.on_response_complete()
