"""A fake session whose batches run when the test lets them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.engine.batcher import Batcher
from service.engine.observer import BatchObserver


def rows(*values: int) -> NDArray[np.float32]:
    """One row for each value, float32 `(n, 1)`."""
    return np.array(values, np.float32)[:, None]


class RecordingObserver(BatchObserver):
    """Keeps the events that it receives."""

    def __init__(self) -> None:
        self.rows, self.seconds, self.queued = 0, 0.0, 0
        self.answered = self.failed = 0
        self.queue_seconds = self.inference_seconds = 0.0
        self.reasons: Counter[str] = Counter()

    def on_queue_change(self, rows: int) -> None:
        self.queued += rows

    def on_batch(self, rows: int, seconds: float) -> None:
        self.rows += rows
        self.seconds += seconds

    def on_answered(self, requests: int, queue_seconds: float, inference_seconds: float) -> None:
        self.answered += requests
        self.queue_seconds += queue_seconds
        self.inference_seconds += inference_seconds

    def on_failed(self, requests: int) -> None:
        self.failed += requests

    def on_rejected(self, reason: str) -> None:
        self.reasons[f"rejected {reason}"] += 1

    def on_dropped(self, reason: str) -> None:
        self.reasons[f"dropped {reason}"] += 1


class Session:
    """Draws a 1 x 1 image of each value, one batch at a time, when the test calls `finish`; each takes a second."""

    def __init__(self, batch_rows: int = 4, queue_rows: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.now, self.takes = 0.0, 1.0
        self.gate = asyncio.Semaphore(0)
        self.turn = asyncio.Lock()
        self.error: Exception | None = None
        self.observer = RecordingObserver()
        self.batcher = Batcher(self.run, batch_rows, queue_rows, clock=lambda: self.now, observer=self.observer)

    async def run(self, latents: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
        self.batches.append(latents[:, 0].astype(int).tolist())
        async with self.turn:
            await self.gate.acquire()
            if self.error:
                raise self.error
            self.now += self.takes
            return latents.astype(np.uint8)[:, :, None, None], self.takes

    async def ask(self, *values: int, **options: float) -> asyncio.Task[Any]:
        """Submit a request, and wait until it is in the queue."""
        task = asyncio.create_task(self.batcher.submit(rows(*values), **options))
        await self.settle()
        return task

    async def finish(self, batches: int = 1000) -> None:
        """Let this many batches run."""
        for _ in range(batches):
            self.gate.release()
        before = -1.0
        while before < self.now:
            before = self.now
            await self.settle()

    async def settle(self) -> None:
        """Run the event loop until every task waits for a batch."""
        for _ in range(20):
            await asyncio.sleep(0)


@pytest.fixture(scope="session")
def make_session() -> Callable[..., Session]:
    """Makes a session; to be called inside a running event loop."""
    return Session


def _drawn(task: asyncio.Task[Any]) -> list[int]:
    return list(task.result().rows[:, 0, 0, 0])


@pytest.fixture(scope="session")
def drawn() -> Callable[[asyncio.Task[Any]], list[int]]:
    """The values that a finished request got."""
    return _drawn
