"""Bounds on how many large tasks run or wait at the same time, and on what all of them hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from service.engine.errors import QueueFullError

_RETRY_AFTER = 1.0  # seconds: about what one such task takes


class ConcurrencyLimiter:
    """Lets `concurrency` tasks run at the same time, first come first served, and at most `queue_size` more wait."""

    def __init__(self, concurrency: int, queue_size: int) -> None:
        self._slots, self._max_tasks = asyncio.Semaphore(concurrency), concurrency + queue_size
        self._tasks = 0

    def check_capacity(self) -> None:
        """Refuse a task while the queue is full. Worth calling before any work for it, even reading its body.

        Raises:
            QueueFullError: as many tasks wait as may.
        """
        if self._tasks >= self._max_tasks:
            raise QueueFullError(_RETRY_AFTER)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a free slot and hold it inside the context.

        Raises:
            QueueFullError: as many tasks wait as may.
        """
        self.check_capacity()
        self._tasks += 1
        try:
            async with self._slots:
                yield
        finally:
            self._tasks -= 1


class Budget:
    """An amount, such as bytes of memory, that all tasks together may hold.

    Amounts of more than `small` may take only seven eighths of the `limit`, so that large tasks, or clients that only
    announce them, do not shut out the small ones. While nothing is held, any amount is granted.
    """

    def __init__(self, limit: int, small: int = 0) -> None:
        self._limit, self._small = limit, small
        self.held = 0
        """What is held now."""

    def reserve(self, amount: int, total: int | None = None) -> bool:
        """Take `amount` more for a task that holds `total` then; False, and nothing is taken, where it is too much."""
        is_small = (amount if total is None else total) <= self._small
        limit = self._limit if is_small or not self._small else self._limit - self._limit // 8
        if amount and self.held and self.held + amount > limit:
            return False
        self.held += amount
        return True

    def release(self, amount: int) -> None:
        """Give back what `reserve` took."""
        self.held -= amount

    @contextmanager
    def hold(self, amount: int) -> Iterator[None]:
        """Hold an amount inside the context.

        Raises:
            QueueFullError: it is too much beside what is held.
        """
        if not self.reserve(amount):
            raise QueueFullError(_RETRY_AFTER)
        try:
            yield
        finally:
            self.release(amount)
