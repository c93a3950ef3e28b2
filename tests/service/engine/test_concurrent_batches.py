"""Concurrent batches: how they share the queue, and that every request gets its own rows in any order of completion."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from service.engine.batcher import Batcher
from service.engine.errors import DeadlineError

Rows = NDArray[np.float32]


class Session:
    """Doubles its rows. A batch ends when the test ends it, and reports a second for each row."""

    def __init__(self, concurrent_batches: int, batch_rows: int = 8) -> None:
        self.running: list[tuple[Rows, asyncio.Future[tuple[Rows, float]]]] = []
        self.batcher: Batcher[np.float32, np.float32] = Batcher(
            self.run,
            batch_rows,
            1000,
            concurrent_batches,
            clock=lambda: 0.0,
            run_inline=lambda rows: pytest.fail("a second is long"),
        )

    def run(self, rows: Rows) -> asyncio.Future[tuple[Rows, float]]:
        ended: asyncio.Future[tuple[Rows, float]] = asyncio.get_running_loop().create_future()
        self.running.append((rows, ended))
        return ended

    @property
    def sizes(self) -> list[int]:
        return [len(rows) for rows, _ in self.running]

    async def ask(self, *values: float, **options: float) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.batcher.submit(np.array(values, np.float32), **options))
        await settle()
        return task

    async def end(self, index: int = 0) -> None:
        rows, ended = self.running.pop(index)
        ended.set_result((2 * rows, float(len(rows))))
        await settle()


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


def within(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 20))


async def measured(concurrent_batches: int) -> Session:
    """A session whose batcher has measured its throughput."""
    session = Session(concurrent_batches)
    await session.ask(0)
    await session.end()
    return session


def test_batches_run_concurrently_and_the_next_takes_what_waits() -> None:
    async def scenario() -> None:
        session = await measured(2)
        for value in range(4):
            await session.ask(value)
        assert session.sizes == [1, 1]
        await session.end(1)
        assert session.sizes == [1, 2]

    within(scenario)


def test_a_slow_request_is_divided_among_the_free_slots() -> None:
    async def scenario() -> None:
        session = await measured(3)
        asked = await session.ask(*range(7))
        assert session.sizes == [3, 2, 2]
        for index in (1, 1, 0):
            await session.end(index)
        assert asked.result().rows.tolist() == [2 * value for value in range(7)]

    within(scenario)


def test_the_rows_of_an_exclusive_request_stay_together() -> None:
    async def scenario() -> None:
        session = await measured(2)
        await session.ask(*range(6), exclusive=True)
        assert session.sizes == [6]

    within(scenario)


def test_the_deadline_counts_on_all_concurrent_batches() -> None:
    async def scenario() -> None:
        session = await measured(2)
        for _ in range(2):
            await session.ask(*range(8))
        in_time, late = await session.ask(1, 2, time_limit=2), await session.ask(1, 2, time_limit=1)
        assert not in_time.done()
        with pytest.raises(DeadlineError):
            late.result()

    within(scenario)


@settings(deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(1, 4), st.randoms(use_true_random=False))
def test_every_request_gets_its_own_rows_in_order_in_any_order_of_completion(
    sizes: list[int], concurrent_batches: int, random: Any
) -> None:
    async def scenario() -> None:
        session = await measured(concurrent_batches)
        values = iter(range(1000))
        asked = [[next(values) for _ in range(size)] for size in sizes]
        tasks = [await session.ask(*request) for request in asked]
        while session.running:
            assert len(session.running) <= concurrent_batches + 1
            assert max(session.sizes) <= 8
            await session.end(random.randrange(len(session.running)))
        assert [task.result().rows.tolist() for task in tasks] == [[2.0 * v for v in request] for request in asked]
        assert session.batcher.queued_rows == 0

    within(scenario)
