"""uvicorn's HTTP, with a lane for what is asked most."""

from __future__ import annotations

import asyncio
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, cast

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.api.express import SMALL
from service.api.lane import METHOD, PATH, Lane, Taken
from service.middleware import SECURITY
from service.transport import Gathered


class _Cycle:
    """What uvicorn has to know of the request that a connection is answering."""

    message_event = asyncio.Event()  # for those that wait for more of a request; nobody does here

    def __init__(self, taken: Taken) -> None:
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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Gathered(transport)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what is asked and not answered."""
        cycle: object = self.cycle
        if isinstance(cycle, _Cycle) and cycle.taken:
            self._lane.abandon(cycle.end())
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
        if self._body is None:
            return super().on_message_complete()
        taken = self._lane.take(self.headers, b"".join(self._body))
        if taken is None:
            self._begin()
            return super().on_message_complete()
        self._body = None
        self.cycle = cast(Any, cycle := _Cycle(taken))
        taken.done.add_done_callback(partial(self._answer, cycle))
        return None

    def shutdown(self) -> None:
        """End after the answer to what was asked, even if that is not whole yet."""
        if self._body is not None:
            self._begin()
        super().shutdown()

    @property
    def _lane(self) -> Lane:
        lane: Lane = self.app_state["lane"]
        return lane

    def _may_be_taken(self) -> bool:
        return (
            self.url == PATH
            and self.parser.get_method() == METHOD
            and (self.cycle is None or self.cycle.response_complete)
            and "lane" in self.app_state
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

    def _answer(self, cycle: _Cycle, done: asyncio.Future[Any]) -> None:
        if not cycle.taken:
            return
        try:
            response = self._lane.answer(cycle.taken)
        except (Exception, asyncio.CancelledError) as error:
            task = self.loop.create_task(self._tell(cycle, error))
            task.add_done_callback(self.tasks.discard)
            self.tasks.add(task)
        else:
            self._write(cycle, response)

    async def _tell(self, cycle: _Cycle, error: BaseException) -> None:
        response = await self._lane.tell(error)
        if cycle.taken:
            self._write(cycle, response)

    def _write(self, cycle: _Cycle, response: Response) -> None:
        parts = [_status_line(response.status_code)]
        for name, value in (*self.server_state.default_headers, *response.raw_headers, *SECURITY):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n", bytes(response.body))
        transport = cast(Gathered, self.transport)
        transport.write(b"".join(parts))
        # Beside others it waits for the end of the turn: a client with many of them would be woken for each.
        if self._lane.under_way == 1:
            transport.flush()
        self._lane.end(cycle.end(), response.status_code)
        if not cycle.keep_alive:  # the server ends
            transport.close()
        self.on_response_complete()


@lru_cache(maxsize=64)
def _status_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
