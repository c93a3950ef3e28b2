"""uvicorn's HTTP/1.1 protocol with bounds on what a connection may hold and how long it may take."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum, auto
from time import perf_counter
from typing import Any, cast

from service.http.problem_document import Problem
from service.http.problems import HeadTooLarge, MalformedRequest, RequestTimeout, TooManyConnections, UriTooLong
from service.http.request_context import ARRIVED_KEY
from service.server.closed_connection import has_hung_up
from service.server.coalescing_transport import CoalescingTransport
from service.server.connection_limits import LINGER, MAX_FIELDS, MAX_UNPARSED, ConnectionLimits
from service.server.plain_protocol import PlainProtocol, problem_bytes

_PIECE = 2**10  # bytes parsed at a time: so many, and no more, may be requests that wait for an earlier response


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  # the first byte of a request
    HEAD = auto()  # the rest of a request's head
    BODY = auto()  # the rest of its body
    RESPONSE = auto()  # the service


class GuardedProtocol(PlainProtocol):
    """`PlainProtocol` with bounds.

    - A request is parsed once the one before it has been answered and the client reads its responses, and reading
      pauses meanwhile: what a connection holds does not grow with what the client sends.
    - The number of connections, the size of a head, and the times of a head, of a body and of an unread response are
      bounded by the lifespan state's `connection_limits`.
    - Refusals are sent after the responses to earlier requests.
    """

    transport: CoalescingTransport  # type: ignore[assignment]
    limits = ConnectionLimits()
    phase = Phase.IDLE
    since = 0.0
    """When the phase began, by `time.perf_counter()`."""

    _received: bytes = b""  # not parsed before `_parsed`
    _parsed = 0
    _head_bytes = 0  # of the head that is being received
    _bare_bytes = 0  # received in a body since its last byte of content: chunk extensions and trailers
    _arrived = 0.0
    _problem: Problem | None = None  # the refusal that ends the connection
    _timer: asyncio.TimerHandle | None = None
    _unsent = 0
    _stalled_since: float | None = None  # when the client last read of what it is sent; None where nothing waits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Coalesce the writes of a response, and begin to watch the times."""
        self.limits = self.app_state.get("connection_limits", self.limits)
        self._open: deque[Any] = deque()  # the cycles of requests that are not answered yet, in order
        super().connection_made(cast(asyncio.Transport, CoalescingTransport(transport)))
        self.since = perf_counter()
        self._timer = self.loop.call_later(self.limits.check_interval, self._check_times)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request that is not answered yet."""
        if self._timer:
            self._timer.cancel()
        self._received = b""
        self.pipeline.clear()
        for cycle in self._open:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._open.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse as much as may be parsed now."""
        if self._problem:
            return
        self._received = self._received[self._parsed :] + data if self._received else data
        self._parsed = 0
        self.parse()

    def parse(self) -> None:
        """Parse what was received, up to the first request whose response has to wait."""
        received, end = self._received, len(self._received)
        while self._parsed < end and self._may_parse():
            piece = received if end <= _PIECE else memoryview(received)[self._parsed : self._parsed + _PIECE]
            self._parsed += len(piece)
            self._head_bytes += len(piece)
            self._bare_bytes += len(piece)
            self.feed(piece)
            if self.phase is Phase.HEAD and self._head_bytes > self.limits.max_head:
                self.refuse(self._head_too_large())
            elif self.phase is Phase.BODY and self._bare_bytes > self.limits.max_head:
                self.refuse(MalformedRequest())
        if self._parsed >= end:
            self._received, self._parsed = b"", 0
        if len(self._received) - self._parsed > MAX_UNPARSED:
            self.transport.pause_reading("unparsed")
        else:
            self.transport.resume_reading("unparsed")

    def _may_parse(self) -> bool:
        if self._problem or self.flow.write_paused or self.transport.is_closing():
            return False
        return len(self._open) <= (self.phase is Phase.BODY)

    def on_message_begin(self) -> None:
        """Note when the request arrived: its deadline counts from here. The ASGI scope waits for `start_cycle`."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self.phase, self.since = Phase.HEAD, perf_counter()
        self._arrived = self.since

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head, and drop those of trailers."""
        if self.phase is not Phase.HEAD:
            return
        if len(self.headers) >= MAX_FIELDS:
            raise self._head_too_large()
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def begin_request(self) -> None:
        """Start the request, or queue it behind an earlier one."""
        self.start_cycle()
        self.phase, self.since = Phase.BODY, perf_counter()
        self._head_bytes = self._bare_bytes = 0

    def start_cycle(self) -> None:
        """Have the app answer the request, after those before it."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()  # makes the scope, and clears the head
        self.url, self.headers, self.expect_100_continue = url, headers, expects
        cast(dict[str, Any], self.scope).update({"headers": headers, ARRIVED_KEY: self._arrived})
        super().begin_request()
        self._open.append(self.cycle)
        # uvicorn stops reading behind an earlier request and would not see the client leave; `parse` has its own bound.
        self.flow.resume_reading()

    def on_body(self, body: bytes) -> None:
        """Hand a part of the body on."""
        self._bare_bytes = 0
        super().on_body(body)

    def complete_request(self) -> None:
        """Wait for the response, unless it has been sent already."""
        self.end_body()
        self._head_bytes = 0
        self.phase, self.since = Phase.RESPONSE if self._open else Phase.IDLE, perf_counter()

    def end_body(self) -> None:
        """Tell the app that the body has been received."""
        super().complete_request()

    def on_response_complete(self) -> None:
        """Go on with what was received meanwhile."""
        while self._open and self._open[0].response_complete:
            self._open.popleft()
        if not self._open and self.phase is Phase.RESPONSE:
            self.phase, self.since = Phase.IDLE, perf_counter()
        if self.pipeline:
            super().on_response_complete()  # begins the next request
        else:  # as uvicorn does, but without a timer for each idle connection: `_check_times` closes them
            self.server_state.total_requests += 1
            self.flow.resume_reading()
        if self._problem and not self._open:
            self._send_refusal(self._problem)
        elif self._received:
            self.loop.call_soon(self.parse)

    def resume_writing(self) -> None:
        """The client has read most of what was written."""
        super().resume_writing()
        if self._received and not self.transport.is_closing():
            self.loop.call_soon(self.parse)

    def refuse(self, problem: Problem) -> None:
        """Answer the request that is being received with a problem, after all earlier responses, and close."""
        self._problem, self._received = problem, b""
        if self.phase is Phase.BODY and self._open and self.cycle is self._open[-1]:
            broken = self._open.pop()
            if self.pipeline and self.pipeline[0][0] is broken:
                self.pipeline.popleft()
            broken.disconnected = True
            broken.message_event.set()
            if broken.response_started:  # no second response can follow half of one
                self.transport.close()
        if not self._open:
            self._send_refusal(problem)

    def _send_refusal(self, problem: Problem) -> None:
        if self.transport.is_closing():
            return
        self.limits.on_refused(problem.kind)
        transport = self.transport
        transport.write_now(problem_bytes(problem, self.server_state.default_headers))
        transport.resume_reading("unparsed")
        if transport.can_write_eof():
            transport.write_eof()
        self.loop.call_later(LINGER, transport.close)

    def _head_too_large(self) -> Problem:
        limit = self.limits.max_head
        return UriTooLong(limit) if 2 * len(self.url) > limit else HeadTooLarge(limit, MAX_FIELDS)

    def _make_room(self) -> None:
        """Close the connection that has waited longest for a request; where all are busy, refuse this one."""
        waiting = [
            other
            for other in self.connections
            if isinstance(other, GuardedProtocol) and other is not self and other.phase in (Phase.IDLE, Phase.HEAD)
        ]
        if waiting:
            oldest = min(waiting, key=lambda other: other.since)
            oldest.limits.on_refused("evicted")
            self.connections.discard(oldest)
            oldest.transport.close()
        else:
            self.refuse(TooManyConnections())

    def _check_times(self) -> None:
        now, limits = perf_counter(), self.limits
        self._timer = self.loop.call_later(limits.check_interval, self._check_times)
        if self.flow.write_paused or self.transport.is_closing():
            unsent = self.transport.get_write_buffer_size()
            if self._stalled_since is None or unsent < self._unsent:
                self._unsent, self._stalled_since = unsent, now
            elif now - self._stalled_since > limits.send_timeout:
                limits.on_refused("send-timeout")
                self.transport.abort()
            return
        self._stalled_since = None
        if self._received and has_hung_up(cast(asyncio.Transport, self.transport)):  # unnoticed while reading is paused
            self.transport.abort()
            return
        waited = now - self.since
        if self.phase is Phase.IDLE and waited > limits.idle_timeout:
            self.transport.close()
        elif self.phase is Phase.HEAD and waited > limits.head_timeout and self._may_parse():
            self.refuse(RequestTimeout("head", limits.head_timeout))
        elif self.phase is Phase.BODY and waited > limits.body_timeout and self._may_parse():
            if self.is_answered():
                self.transport.close()
            elif not self.flow.read_paused:  # otherwise it is the service that does not read
                self.refuse(RequestTimeout("body", limits.body_timeout))

    def is_answered(self) -> bool:
        """Whether the request whose body is being received has been answered already."""
        return not self._open
