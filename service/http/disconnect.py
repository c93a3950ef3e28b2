"""Which clients still wait, watched from when their requests begin to take long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

from service.http.problems import HungUp

T = TypeVar("T")

_PATIENCE = 0.05  # seconds: to watch a request that is answered sooner would cost more than its work


class _Wait:
    """The current task's wait for its work; `receive` tells when the client hangs up."""

    __slots__ = ("_receive", "_watching", "_working", "gone", "since")

    def __init__(self, receive: Receive, since: float) -> None:
        self._receive, self.since = receive, since
        self._working = asyncio.current_task()
        self._watching: asyncio.Task[None] | None = None
        self.gone = False

    def watch(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._until_gone())

    def end(self) -> None:
        if self._watching:
            self._watching.cancel()

    def uncancel(self) -> None:
        if self._working:
            self._working.uncancel()

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass  # what is left of a body that nobody read
        self.gone = True
        if self._working:
            self._working.cancel()


class Patience:
    """Watches the connections of those that have waited for a while, by one timer for all of them.

    Servers let a handler run on when its client goes; a timer and a task for each request would cost more than most.
    """

    def __init__(self) -> None:
        self._young: dict[_Wait, None] = {}  # in the order of their coming
        self._timer: asyncio.TimerHandle | None = None

    async def unless_gone(self, receive: Receive, work: Awaitable[T]) -> T:
        """Do the work of the current task, unless the client of `receive` hangs up: then it is cancelled.

        Raises:
            HungUp: the client went before the work was done.
        """
        loop = asyncio.get_running_loop()
        wait = _Wait(receive, loop.time())
        self._young[wait] = None
        if not self._timer:
            self._timer = loop.call_later(_PATIENCE, self._look)
        try:
            return await work
        except asyncio.CancelledError:
            if not wait.gone:
                raise
            wait.uncancel()
            raise HungUp("nobody waits for the answer") from None
        finally:
            self._young.pop(wait, None)
            wait.end()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._timer = None
        while self._young:
            wait = next(iter(self._young))
            if wait.since + _PATIENCE > now:
                self._timer = loop.call_later(wait.since + _PATIENCE - now, self._look)
                return
            del self._young[wait]
            wait.watch()
