"""A request in a batcher's queue, and what comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

In = TypeVar("In", bound=np.generic)
Out = TypeVar("Out", bound=np.generic)


@dataclass(frozen=True)
class Done(Generic[Out]):
    """What came of each row, `(n, ...)`, and the seconds they waited and ran."""

    rows: NDArray[Out]
    queued: float
    ran: float


@dataclass(slots=True)
class Job(Generic[In, Out]):
    """A request in the queue; `done` is what comes of it."""

    rows: NDArray[In]
    entered: float
    within: float
    done: asyncio.Future[Done[Out]]
    alone: bool = False
    taken: int = 0
    computed: int = 0
    ran: float = 0.0
    parts: dict[int, NDArray[Out]] = field(default_factory=dict)  # by their first row

    @property
    def left(self) -> int:
        """Rows that no batch has taken yet."""
        return len(self.rows) - self.taken

    def take(self, most: int) -> tuple[int, NDArray[In]]:
        """At most so many of the rows that are left, and where they begin."""
        first, rows = self.taken, self.rows[self.taken : self.taken + most]
        self.taken += len(rows)
        return first, rows

    def give(self, first: int, part: NDArray[Out], ran: float, now: float) -> None:
        """What came of the rows from `first` on; those that were missing last end it."""
        self.parts[first] = part
        self.computed += len(part)
        self.ran += ran
        if self.computed == len(self.rows) and not self.done.done():
            whole = part if len(part) == self.computed else np.concatenate([self.parts[i] for i in sorted(self.parts)])
            self.done.set_result(Done(whole, max(0.0, now - self.entered - self.ran), self.ran))

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)
