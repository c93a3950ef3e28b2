"""uvicorn's HTTP, with a lane for what is asked most."""

from __future__ import annotations

import asyncio
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.http.express import SMALL
from service.http.fast_path import METHOD, PATH, Lane, Reply, Taken, as_lines
from service.http.middleware import SECURITY
from service.server.coalescing_transport import Gathered

_SECURITY = as_lines(SECURITY)


class _Cycle:
    """What uvicorn has to know of the request that a connection is answering."""

    message_event = asyncio.Event()  # for those that wait for more of a request; nobody does here

    def __init__(self, lane: Lane, taken: Taken) -> None:
        self.lane = lane
        self.taken: Taken | None = taken
        self.response_complete = self.disconnected = False
        self.keep_alive = True

    def end(self) -> Taken:
        """What was taken, which nobody waits for any more."""
        taken, self.taken = cast(Taken, self.taken), None
        self.response_complete = True
        return taken


class Protocol(HttpToolsProtocol):
    """Answers go out in one piece, and what the app's `lane` takes is answered without a task.

    The lane comes with the lifespan's state, as `lane`.
    """

    _body: list[bytes] | None = None  # of a request that the lane may take
    _kept = 0  # bytes of it
    _between = True  # two messages, as far as they have been read
    _said: tuple[bytes, int] = b"", 0  # the head of a request that came in one piece, and the bytes after it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lane: Lane | None = self.app_state.get("lane")
        super().connection_made(cast(asyncio.Transport, Gathered(transport)))

    def data_received(self, data: bytes) -> None:
        """Take a request whose head was read before, byte for byte; read any other."""
        lane = self._lane
        if lane and self._between and self._answered():
            said, _, body = data.partition(b"\r\n\r\n")
            head = lane.heads.get(said)
            taken = lane.take(head, body) if head and head.length == len(body) else None
            if taken:
                self._unset_keepalive_if_required()
                return self._wait_for(lane, taken)
            self._said = said, len(body)
        return super().data_received(data)

    def on_message_begin(self) -> None:
        """Go on reading."""
        self._between = False
        super().on_message_begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what is asked and not answered."""
        cycle: object = self.cycle
        if isinstance(cycle, _Cycle) and cycle.taken:
            cycle.lane.abandon(cycle.end())
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Keep a request for the lane, or begin it."""
        if self._may_be_taken():
            self._body, self._kept = [], 0
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep it, too."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body.append(body)
            self._kept += len(body)
            if self._kept > SMALL:
                self._begin()

    def on_message_complete(self) -> None:
        """Hand a request to the lane; one that it does not take begins now."""
        self._between = True
        (said, after), self._said = self._said, (b"", 0)
        if self._body is None or not self._lane:
            return super().on_message_complete()
        body = b"".join(self._body)
        head = self._lane.read(self.headers)
        taken = self._lane.take(head, body) if head else None
        if not head or not taken:
            self._begin()
            return super().on_message_complete()
        if after == len(body) == head.length:  # all of it came at once, and nothing else
            self._lane.remember(said, head)
        self._body = None
        return self._wait_for(self._lane, taken)

    def shutdown(self) -> None:
        """End after the answer to what was asked, even if that is not whole yet."""
        if self._body is not None:
            self._begin()
        super().shutdown()

    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _may_be_taken(self) -> bool:
        return (
            self.url == PATH
            and self.parser.get_method() == METHOD
            and self._lane is not None
            and self._answered()
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and self.parser.should_keep_alive()
            and self.parser.get_http_version() == "1.1"
        )

    def _begin(self) -> None:
        """The ordinary way for what was kept."""
        kept, self._body = self._body, None
        super().on_headers_complete()
        for part in kept or ():
            super().on_body(part)

    def _wait_for(self, lane: Lane, taken: Taken) -> None:
        self.cycle = cast(Any, cycle := _Cycle(lane, taken))
        taken.done.add_done_callback(partial(self._answer, cycle))

    def _answer(self, cycle: _Cycle, done: asyncio.Future[Any]) -> None:
        if not cycle.taken:
            if not done.cancelled():
                done.exception()  # asked for, lest it be said that nobody did
            return
        try:
            reply = cycle.lane.answer(cycle.taken)
        except (Exception, asyncio.CancelledError) as error:
            task = self.loop.create_task(self._tell(cycle, error))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)
        else:
            self._write(cycle, reply)

    async def _tell(self, cycle: _Cycle, error: BaseException) -> None:
        reply = await cycle.lane.tell(error)
        if cycle.taken:
            self._write(cycle, reply)

    def _write(self, cycle: _Cycle, reply: Reply) -> None:
        head = _status_line(reply.status), as_lines(self.server_state.default_headers), reply.lines, _SECURITY
        end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
        transport = cast(Gathered, self.transport)
        transport.send(b"".join((*head, end, reply.body)))
        cycle.lane.end(cycle.end(), reply.status)
        if not cycle.keep_alive:  # the server ends
            transport.close()
        self.on_response_complete()


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
