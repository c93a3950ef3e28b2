"""uvicorn's HTTP/1.1 protocol with the fast path in front of ASGI."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from service.http.fast_path import METHOD, FastPath, FastRequest, HandOff, header_lines
from service.http.request_context import SCOPE_KEY
from service.http.routes.generate import PREPARED_KEY
from service.server.guarded_protocol import GuardedProtocol

_METHOD = METHOD.encode()


class _Cycle:
    """A request of a connection, as far as uvicorn looks at one, while the fast path answers it."""

    message_event = asyncio.Event()  # uvicorn sets it when the connection is lost; nothing here waits for it

    def __init__(self, request: FastRequest) -> None:
        self.request: FastRequest | None = request  # None once it is answered, so that its images can be freed
        self.response_complete = self.disconnected = False
        self.keep_alive = True


class FastPathProtocol(GuardedProtocol):
    """Answers what the fast path takes; everything else is uvicorn's own.

    The `FastPath` comes with the lifespan's state, as `fast_path`. The parts of uvicorn that this class stands on are
    listed in `service.server.uvicorn_internals`.
    """

    _fast_path: FastPath | None = None
    _body: list[bytes] | None = None  # parts of the body of a request that may take the fast path
    _body_size = 0
    _body_reserved = 0  # bytes of it that are counted in the fast path's budget of bodies

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the fast path from the lifespan's state."""
        self._fast_path = self.app_state.get("fast_path")
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the requests that wait in the queue."""
        self._release_body()
        for cycle in self._open:
            if isinstance(cycle, _Cycle) and cycle.request and self._fast_path:
                self._fast_path.abandon(cycle.request)
                cycle.request = None
        super().connection_lost(exc)

    def start_cycle(self) -> None:
        """Keep a request for the fast path, or have the app answer it."""
        if self._fast_path and self.url in self._fast_path.urls and self.parser.get_method() == _METHOD:
            reason = self._why_not()
            if reason is None:
                self._body, self._body_size = [], 0
                return
            self._fast_path.count_declined(reason)
        super().start_cycle()

    def on_body(self, body: bytes) -> None:
        """Keep the body, too."""
        if self._body is None or not self._fast_path:
            super().on_body(body)
            return
        self._bare_bytes = 0
        self._body.append(body)
        self._body_size += len(body)
        if self._body_size > self._fast_path.max_body:
            self._decline_body(self._fast_path)

    def end_body(self) -> None:
        """Submit the request, or hand it on to ASGI."""
        if self._body is None or not self._fast_path:
            super().end_body()
            return
        request = self._fast_path.submit(self.headers, b"".join(self._body), self._arrived)
        if isinstance(request, FastRequest):
            self._body = None
            self._release_body()
            cycle = _Cycle(request)
            self.cycle = cycle  # type: ignore[assignment]
            self._open.append(cycle)
            if request.done():
                self.loop.call_soon(self._respond, self._fast_path, cycle)
            else:
                request.on_done = partial(self._respond, self._fast_path, cycle)
        else:
            self._begin(request)
            super().end_body()

    def parse(self) -> None:
        """Reserve memory for a body that does not come at once."""
        super().parse()
        if self._body is not None and self._fast_path and self._body_size > self._body_reserved:
            if self._fast_path.bodies.reserve(self._body_size - self._body_reserved, self._body_size):
                self._body_reserved = self._body_size
            else:
                self._decline_body(self._fast_path)

    def is_answered(self) -> bool:
        """As of any request; the fast path answers only whole ones."""
        return self._body is None and super().is_answered()

    def shutdown(self) -> None:
        """Close the connection after the response to what was requested, even where the request is not whole yet."""
        if self._body is not None:
            self._begin()
        super().shutdown()

    def _why_not(self) -> str | None:
        """Why the request cannot take the fast path; None where it can."""
        if self._open:
            return "pipelined"
        if self.expect_100_continue:
            return "expect"
        if not self.parser.should_keep_alive() or self.parser.get_http_version() != "1.1":
            return "close"
        if self.flow.write_paused:
            return "backpressure"
        return None

    def _decline_body(self, fast_path: FastPath) -> None:
        """Hand a request on whose body is too large for the fast path, or for the memory of bodies."""
        fast_path.count_declined("body")
        self._begin()

    def _release_body(self) -> None:
        if self._body_reserved and self._fast_path:
            self._fast_path.bodies.release(self._body_reserved)
            self._body_reserved = 0

    def _begin(self, handed: HandOff | None = None) -> None:
        """Begin the request that was kept as an ASGI request."""
        body, self._body = self._body, None
        self._release_body()
        super().start_cycle()
        if handed:
            scope = cast(dict[str, Any], self.scope)
            scope[SCOPE_KEY], scope[PREPARED_KEY] = handed
        for part in body or ():
            super().on_body(part)

    def _respond(self, fast_path: FastPath, cycle: _Cycle) -> None:
        """Answer a request, unless the client has disconnected. The batcher calls this, so it raises nothing."""
        try:
            if cycle.request:
                self._write_response(fast_path, cycle, cycle.request)
        except Exception as error:
            self.loop.call_exception_handler({"message": "no response was written", "exception": error})
            self.transport.close()

    def _write_response(self, fast_path: FastPath, cycle: _Cycle, request: FastRequest) -> None:
        head, body = fast_path.respond(request)
        close = not cycle.keep_alive or b"\r\nconnection: close\r\n" in head
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        self.transport.write_now(b"".join((head, header_lines(self.server_state.default_headers), end, body)))
        cycle.request, cycle.response_complete = None, True
        fast_path.end(request)
        if close:
            self.transport.close()
        self.on_response_complete()
