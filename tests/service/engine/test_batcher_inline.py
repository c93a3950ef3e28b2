"""Short batches run on the event loop, all others in the thread behind `run`."""

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
    """Doubles its rows, reports `seconds_per_row` for each of them, and records where each batch ran."""

    def __init__(self, seconds_per_row: float) -> None:
        self.seconds_per_row, self.went = seconds_per_row, list[tuple[str, int]]()
        self.gate = asyncio.Event()
        self.gate.set()
        self.batcher: Batcher[np.float32, np.float32] = Batcher(self.run, 8, 100, run_inline=self.run_inline)

    async def run(self, rows: Rows) -> tuple[Rows, float]:
        self.went.append(("run", len(rows)))
        await self.gate.wait()
        return 2 * rows, self.seconds_per_row * len(rows)

    def run_inline(self, rows: Rows) -> tuple[Rows, float]:
        self.went.append(("inline", len(rows)))
        if (rows < 0).any():
            raise ArithmeticError("below zero")
        return 2 * rows, self.seconds_per_row * len(rows)

    async def ask(self, *values: float) -> list[float]:
        done = await self.batcher.submit(np.array(values, np.float32))
        return [float(value) for value in done.rows]


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_a_short_batch_runs_on_the_loop_once_the_throughput_is_known() -> None:
    async def scenario() -> None:
        session = Session(0.0001)
        assert [await session.ask(1), await session.ask(2, 3), await session.ask(*range(6))] == [
            [2],
            [4, 6],
            [0, 2, 4, 6, 8, 10],
        ]
        assert session.went == [("run", 1), ("inline", 2), ("run", 6)]

    run(scenario)


def test_no_batch_runs_on_the_loop_while_another_is_in_the_thread() -> None:
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
        assert session.went[2:] == [("inline", 3)]

    run(scenario)


def test_an_error_on_the_loop_fails_only_the_requests_of_its_batch() -> None:
    async def scenario() -> None:
        session = Session(0.0001)
        await session.ask(1)
        with pytest.raises(ArithmeticError, match="below zero"):
            await session.ask(-1)
        assert await session.ask(4) == [8]
        assert session.batcher.queued_rows == 0

    run(scenario)


def test_a_batch_on_the_loop_hands_its_results_out_before_the_next_batch_runs() -> None:
    async def scenario() -> None:
        session = Session(0.00001)
        await session.ask(1)
        first, second = (asyncio.create_task(session.ask(*[value] * 8)) for value in (1, 2))
        assert await first == [2] * 8
        assert await second == [4] * 8
        assert session.went[1] == ("inline", 8)
        assert session.batcher.queued_rows == 0

    run(scenario)
