"""Cancels the work of requests whose clients have closed the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

from service.http.problem_document import Problem
from service.http.problems import ClientDisconnected

T = TypeVar("T")

_WATCH_AFTER = 0.05  # seconds: watching a request that is answered sooner would cost more than computing it


class _Watch:
    """One awaited piece of work; `receive` gives a message once its client disconnects."""

    __slots__ = ("_listener", "_receive", "_task", "disconnected", "since")

    def __init__(self, receive: Receive, since: float) -> None:
        self._receive, self.since = receive, since
        self._task = asyncio.current_task()
        self._listener: asyncio.Task[None] | None = None
        self.disconnected = False

    def listen(self) -> None:
        self._listener = asyncio.get_running_loop().create_task(self._until_disconnect())

    def stop(self) -> None:
        if self._listener:
            self._listener.cancel()

    def uncancel(self) -> None:
        if self._task:
            self._task.uncancel()

    async def _until_disconnect(self) -> None:
        try:
            while (await self._receive())["type"] != "http.disconnect":
                pass  # the rest of a body that no route read
        except Problem:
            return  # of that rest, such as that it is too large: the answer does not depend on it
        self.disconnected = True
        if self._task:
            self._task.cancel()


class DisconnectWatcher:
    """Watches the connections of requests that have waited for 50 ms, with one timer for all of them.

    ASGI servers let a handler run on when its client disconnects. A timer and a task for each request would cost more
    than most requests.
    """

    def __init__(self) -> None:
        self._unwatched: dict[_Watch, None] = {}  # in the order they began
        self._timer: asyncio.TimerHandle | None = None

    async def cancel_on_disconnect(self, receive: Receive, work: Awaitable[T]) -> T:
        """Await `work` of the current task; it is cancelled when the client of `receive` disconnects.

        Raises:
            ClientDisconnected: the client closed the connection before the work was done.
        """
        loop = asyncio.get_running_loop()
        watch = _Watch(receive, loop.time())
        self._unwatched[watch] = None
        if not self._timer:
            self._timer = loop.call_later(_WATCH_AFTER, self._start_listening)
        try:
            return await work
        except asyncio.CancelledError:
            if not watch.disconnected:
                raise
            watch.uncancel()
            raise ClientDisconnected from None
        finally:
            self._unwatched.pop(watch, None)
            watch.stop()

    def _start_listening(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        while self._unwatched:
            watch = next(iter(self._unwatched))
            if watch.since + _WATCH_AFTER > now:
                self._timer = loop.call_later(watch.since + _WATCH_AFTER - now, self._start_listening)
                return
            del self._unwatched[watch]
            watch.listen()
