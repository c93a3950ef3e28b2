"""Brief batches run on the loop, all others in the thread behind `run`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from service.engine.batcher import Batcher

Rows = NDArray[np.float32]


class Session:
    """Doubles its rows, each in `row` seconds by its own account, and remembers where each batch went."""

    def __init__(self, row: float) -> None:
        self.row, self.went = row, list[tuple[str, int]]()
        self.gate = asyncio.Event()
        self.gate.set()
        self.batcher: Batcher[np.float32, np.float32] = Batcher(self.run, 8, 100, run_inline=self.run_inline)

    async def run(self, rows: Rows) -> tuple[Rows, float]:
        self.went.append(("run", len(rows)))
        await self.gate.wait()
        return 2 * rows, self.row * len(rows)

    def run_inline(self, rows: Rows) -> tuple[Rows, float]:
        self.went.append(("at once", len(rows)))
        if (rows < 0).any():
            raise ArithmeticError("below zero")
        return 2 * rows, self.row * len(rows)

    async def ask(self, *values: float) -> list[float]:
        done = await self.batcher.submit(np.array(values, np.float32))
        return [float(value) for value in done.rows]


def within(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_a_brief_batch_runs_on_the_loop_once_the_rate_is_known() -> None:
    async def scenario() -> None:
        session = Session(0.0001)
        assert [await session.ask(1), await session.ask(2, 3), await session.ask(*range(6))] == [
            [2],
            [4, 6],
            [0, 2, 4, 6, 8, 10],
        ]
        assert session.went == [("run", 1), ("at once", 2), ("run", 6)]

    within(scenario)


def test_nothing_overtakes_a_batch_in_the_thread() -> None:
    async def scenario() -> None:
        session = Session(0.0001)
        await session.ask(1)
        session.gate.clear()
        large = asyncio.create_task(session.ask(*range(8)))
        await asyncio.sleep(0)
        small = [asyncio.create_task(session.ask(value)) for value in range(3)]
        for _ in range(5):
            await asyncio.sleep(0)
        assert session.went == [("run", 1), ("run", 8)]
        session.gate.set()
        assert await large == [2 * value for value in range(8)]
        assert [await task for task in small] == [[0], [2], [4]]
        assert session.went[2:] == [("at once", 3)]

    within(scenario)


def test_an_error_on_the_loop_is_that_of_its_requests_alone() -> None:
    async def scenario() -> None:
        session = Session(0.0001)
        await session.ask(1)
        with pytest.raises(ArithmeticError, match="below zero"):
            await session.ask(-1)
        assert await session.ask(4) == [8]
        assert session.batcher.queued_rows == 0

    within(scenario)
