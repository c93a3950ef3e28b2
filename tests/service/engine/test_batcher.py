"""Who runs when: no ONNX, no HTTP, no clock but the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.engine.batcher import Batcher, QueueFullError


def rows(*values: int) -> NDArray[np.float32]:
    """One row for each value, float32 `(n, 1)`."""
    return np.array(values, np.float32)[:, None]


class Session:
    """Draws a 1 x 1 image of each row's value, when it is let."""

    def __init__(self, batch_rows: int = 4, queue_rows: int = 100) -> None:
        self.batches: list[list[int]] = []
        self.now = 0.0
        self.gate = asyncio.Semaphore(0)
        self.error: Exception | None = None
        self.batcher = Batcher(self.run, batch_rows, queue_rows, lambda: self.now)

    async def run(self, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
        self.batches.append(latents[:, 0].astype(int).tolist())
        await self.gate.acquire()
        if self.error:
            raise self.error
        self.now += 1.0
        return latents.astype(np.uint8)[:, :, None, None]

    async def ask(self, *values: int) -> asyncio.Task[Any]:
        """A request that has reached the queue."""
        task = asyncio.create_task(self.batcher.submit(rows(*values)))
        await self.settle()
        return task

    async def finish(self, batches: int = 1000) -> None:
        """Let so many batches run."""
        for _ in range(batches):
            self.gate.release()
        await self.settle()

    async def settle(self) -> None:
        """Let every task go as far as it can."""
        for _ in range(200):
            await asyncio.sleep(0)


def drawn(task: asyncio.Task[Any]) -> list[int]:
    return list(task.result().images[:, 0, 0, 0])


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_a_request_alone_runs_at_once() -> None:
    async def scenario() -> None:
        session = Session()
        task = await session.ask(1, 2)
        assert session.batches == [[1, 2]]
        await session.finish()
        assert drawn(task) == [1, 2]

    run(scenario())


def test_what_waits_while_a_batch_runs_goes_together() -> None:
    async def scenario() -> None:
        session = Session()
        tasks = [await session.ask(value) for value in (1, 2, 3, 4)]
        await session.finish()
        assert session.batches == [[1], [2, 3, 4]]
        assert [drawn(task) for task in tasks] == [[1], [2], [3], [4]]

    run(scenario())


def test_a_large_request_is_split_and_a_small_one_passes_it() -> None:
    async def scenario() -> None:
        session = Session()
        large = await session.ask(*range(10, 22))
        small = await session.ask(1)
        await session.finish(3)
        assert small.done()
        assert not large.done()
        await session.finish()
        assert session.batches == [[10, 11, 12, 13], [14, 15, 16, 17], [1, 18, 19, 20], [21]]
        assert drawn(large) == list(range(10, 22))

    run(scenario())


def test_a_small_request_cut_by_the_batchs_end_goes_on_before_newcomers() -> None:
    async def scenario() -> None:
        session = Session()
        await session.ask(1)
        for values in ((2, 3, 4), (5, 6), (7, 8, 9)):
            await session.ask(*values)
        await session.finish()
        assert session.batches == [[1], [2, 3, 4, 5], [6, 7, 8, 9]]

    run(scenario())


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 5))
def test_everyone_gets_their_own_rows_in_order(sizes: list[int], batch_rows: int) -> None:
    async def scenario() -> None:
        session = Session(batch_rows, queue_rows=1000)
        values = iter(range(1000))
        asked = [[next(values) % 256 for _ in range(size)] for size in sizes]
        tasks = [await session.ask(*request) for request in asked]
        await session.finish()
        assert [drawn(task) for task in tasks] == asked
        assert all(len(batch) <= batch_rows for batch in session.batches)
        assert session.batcher.rows == sum(sizes)
        assert session.batcher.waiting == 0

    run(scenario())


def test_too_much_is_refused_before_it_waits() -> None:
    async def scenario() -> None:
        session = Session(batch_rows=2, queue_rows=4)
        tasks = [await session.ask(1, 2), await session.ask(3, 4, 5, 6)]
        refused = await session.ask(7)
        with pytest.raises(QueueFullError) as error:
            refused.result()
        assert error.value.retry_after == 1.0  # nothing measured yet
        await session.finish(1)
        assert session.batcher.waiting == 2  # two of the four are in the next batch
        with pytest.raises(QueueFullError) as error:
            (await session.ask(7, 8, 9)).result()
        assert error.value.retry_after == pytest.approx(1.0)  # two rows, at half a second a row
        await session.finish()
        assert [drawn(task) for task in tasks] == [[1, 2], [3, 4, 5, 6]]
        assert session.batches == [[1, 2], [3, 4], [5, 6]]

    run(scenario())


def test_a_cancelled_request_never_runs_and_frees_its_place() -> None:
    async def scenario() -> None:
        session = Session(queue_rows=4)
        first = await session.ask(1)
        gone = await session.ask(2, 3)
        kept = await session.ask(4)
        gone.cancel()
        await session.settle()
        assert session.batcher.waiting == 1
        await session.finish()
        assert session.batches == [[1], [4]]
        assert (drawn(first), drawn(kept)) == ([1], [4])

    run(scenario())


def test_a_request_cancelled_half_way_drops_the_rest_and_spares_its_batch() -> None:
    async def scenario() -> None:
        session = Session()
        gone = await session.ask(*range(10, 20))
        kept = await session.ask(1)
        await session.finish(2)
        gone.cancel()
        await session.settle()
        await session.finish()
        assert session.batches == [[10, 11, 12, 13], [14, 15, 16, 17], [1, 18, 19]]
        assert drawn(kept) == [1]
        assert session.batcher.waiting == 0

    run(scenario())


def test_a_failing_batch_fails_its_requests_and_no_others() -> None:
    async def scenario() -> None:
        session = Session()
        session.error = RuntimeError("out of memory")
        split = await session.ask(*range(10, 20))
        gone = await session.ask(1)
        gone.cancel()
        await session.finish(1)
        with pytest.raises(RuntimeError, match="out of memory"):
            split.result()
        assert session.batcher.waiting == 0
        session.error = None
        after = await session.ask(2)
        await session.finish()
        assert drawn(after) == [2]
        assert session.batches == [[10, 11, 12, 13], [2]]

    run(scenario())


def test_a_failing_batch_survives_a_cancelled_member() -> None:
    async def scenario() -> None:
        session = Session()
        first = await session.ask(1)
        gone, kept = await session.ask(2), await session.ask(3)
        await session.finish(1)
        assert drawn(first) == [1]
        session.error = RuntimeError("no")
        gone.cancel()
        await session.finish(1)
        with pytest.raises(RuntimeError):
            kept.result()

    run(scenario())


def test_waiting_and_running_are_timed_apart() -> None:
    async def scenario() -> None:
        session = Session()
        await session.ask(1)
        session.now = 5.0
        second = await session.ask(2)
        session.now = 7.0
        await session.finish()
        result = second.result()
        assert (result.queued, result.ran) == (3.0, 1.0)
        assert session.batcher.busy == 9.0  # the first batch: from 0 to 8

    run(scenario())
