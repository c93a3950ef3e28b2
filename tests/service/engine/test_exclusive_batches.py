"""Batches that hold the rows of one request alone."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.engine.batcher import Batcher
from service.engine.errors import QueueFullError
from service.engine.exclusive_batches import EXCLUSIVE_ROWS, gather, submit_exclusively


def batcher(batches: list[list[float]], **limits: Any) -> Batcher[np.float32, np.uint8]:
    async def run(rows: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float]:
        batches.append(rows[:, 0].tolist())
        await asyncio.sleep(0.001)
        return rows.astype(np.uint8), 0.001

    return Batcher(run, **{"batch_rows": 16, "queue_rows": 10_000} | limits)


@pytest.mark.parametrize("n", [1, 16, 64, 65, 150])
def test_batches_follow_from_the_request_whatever_else_waits(n: int) -> None:
    batches: list[list[float]] = []

    async def compute() -> Any:
        shared = batcher(batches)
        rows = np.arange(n, dtype=np.float32)[:, None]
        others = [shared.submit(np.full((3, 1), 200 + i, np.float32)) for i in range(5)]
        results = await asyncio.gather(*others[:2], submit_exclusively(shared, rows, 60), *others[2:])
        return results[2]

    result = asyncio.run(compute())
    assert result.rows[:, 0].tolist() == list(range(n))
    assert result.inference_seconds == pytest.approx(0.001 * -(-n // EXCLUSIVE_ROWS))
    own = [batch for batch in batches if batch[0] < 200]
    assert own == [list(range(start, min(n, start + EXCLUSIVE_ROWS))) for start in range(0, n, EXCLUSIVE_ROWS)]


def test_a_refusal_of_one_part_is_that_of_the_whole() -> None:
    async def compute() -> int:
        shared = batcher([], queue_rows=65)
        with pytest.raises(QueueFullError):
            await submit_exclusively(shared, np.zeros((200, 1), np.float32), 60)
        await asyncio.sleep(0.01)
        return shared.queued_rows

    assert asyncio.run(compute()) == 0


def test_what_is_gathered_is_cancelled_when_one_fails() -> None:
    cancelled: list[int] = []

    async def work(number: int) -> int:
        if number == 1:
            raise ValueError("one")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    async def run() -> None:
        with pytest.raises(ValueError, match="one"):
            await gather(work(number) for number in range(3))
        await asyncio.sleep(0)

    asyncio.run(run())
    assert cancelled == [0, 2]
