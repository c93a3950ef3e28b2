"""Who may do large work: so many at a time, and so many that wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.engine.batcher import QueueFullError

_AGAIN = 1.0  # seconds until another try is worth it: about what one piece of such work takes


class Turns:
    """Turns of large work: `working` at a time, in the order they came, and `waiting` more at most."""

    def __init__(self, working: int, waiting: int) -> None:
        self._free, self._most = asyncio.Semaphore(working), working + waiting
        self._here = 0

    def admit(self) -> None:
        """Refuse work while as many wait as may: worth asking before anything is done for it, even to read it.

        Raises:
            QueueFullError: they do.
        """
        if self._here >= self._most:
            raise QueueFullError(_AGAIN)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Wait for a turn and take it.

        Raises:
            QueueFullError: as many as may wait do already.
        """
        self.admit()
        self._here += 1
        try:
            async with self._free:
                yield
        finally:
            self._here -= 1
