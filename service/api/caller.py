"""Who asks: how long they wait, and whether they still do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema
from starlette.types import Receive

from service.api.context import InContext
from service.engine.batcher import DeadlineError
from service.errors import HungUp

T = TypeVar("T")

DEADLINE = "Inkcode-Deadline"
"""The header by which a client says how many seconds it waits."""

_PATIENCE = 0.05  # seconds: to watch a request that is answered sooner would cost more than its work


@dataclass(frozen=True)
class Caller:
    """A client that waits `within` seconds at most; `receive` is its request's, the body read."""

    receive: Receive
    within: float

    async def in_time(self, work: Awaitable[T]) -> T:
        """Do work that watches no clock itself, unless the client hangs up.

        Raises:
            DeadlineError: it was not done within the time; it is cancelled.
            HungUp: the client went before it was done.
        """
        try:
            async with asyncio.timeout(self.within):
                return await self.unless_gone(work)
        except TimeoutError:
            raise DeadlineError(self.within) from None

    async def unless_gone(self, work: Awaitable[T]) -> T:
        """Do the work of the current task, unless the client hangs up: then it is cancelled.

        Servers let a handler run on when its client goes, so the connection is watched here.

        Raises:
            HungUp: the client went before the work was done.
        """
        loop = asyncio.get_running_loop()
        working, watching = asyncio.current_task(), None
        gone = False

        async def watch() -> None:
            nonlocal gone
            while (await self.receive())["type"] != "http.disconnect":
                pass  # what is left of a body that nobody read
            gone = True
            if working:
                working.cancel()

        def begin() -> None:
            nonlocal watching
            watching = loop.create_task(watch())

        timer = loop.call_later(_PATIENCE, begin)
        try:
            return await work
        except asyncio.CancelledError:
            if not gone:
                raise
            if working:
                working.uncancel()
            raise HungUp("nobody waits for the answer") from None
        finally:
            timer.cancel()
            if watching:
                watching.cancel()


def _caller(
    request: Request,
    context: InContext,
    deadline: Annotated[
        float | None,
        Header(
            alias=DEADLINE,
            gt=0,
            allow_inf_nan=False,
            description="Seconds to wait for the pictures at most; what cannot be in time is 504 and not computed.",
        ),
        WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),
    ] = None,
) -> Caller:
    most = context.settings.deadline
    return Caller(request.receive, most if deadline is None else min(deadline, most))


InCaller = Annotated[Caller, Depends(_caller)]
