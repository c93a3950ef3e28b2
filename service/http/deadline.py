"""Who asks: how long they wait, and whether they still do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema
from starlette.types import Receive

from service.engine.batcher import DeadlineError
from service.http.context import InContext
from service.http.disconnect import Patience

T = TypeVar("T")

DEADLINE = "Inkcode-Deadline"
"""The header by which a client says how many seconds it waits."""


@dataclass(frozen=True)
class Caller:
    """A client that waits `within` seconds at most; `receive` is its request's, the body read."""

    receive: Receive
    within: float
    patience: Patience = field(default_factory=Patience)

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

    def unless_gone(self, work: Awaitable[T]) -> Awaitable[T]:
        """See `Patience.unless_gone`."""
        return self.patience.unless_gone(self.receive, work)


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
    return Caller(request.receive, most if deadline is None else min(deadline, most), context.patience)


InCaller = Annotated[Caller, Depends(_caller)]
