"""A bound on how many large tasks run at the same time, and on how many wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.engine.batcher import QueueFullError

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
