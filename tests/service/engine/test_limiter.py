"""The limit on large tasks: how many run, how many wait, and when one is refused."""

from __future__ import annotations

import asyncio

import pytest

from service.engine.errors import QueueFullError
from service.engine.limiter import Budget, ConcurrencyLimiter


def test_one_task_runs_one_waits_and_the_next_is_refused() -> None:
    async def scenario() -> None:
        limiter, gate, at_work = ConcurrencyLimiter(1, 1), asyncio.Event(), []

        async def work(name: str) -> None:
            async with limiter.slot():
                at_work.append(name)
                await gate.wait()

        tasks = [asyncio.create_task(work(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        assert at_work == ["first"]
        with pytest.raises(QueueFullError):
            await work("third")
        gate.set()
        await asyncio.gather(*tasks)
        await work("fourth")
        assert at_work == ["first", "second", "fourth"]

    asyncio.run(scenario())


def test_a_task_that_stops_waiting_leaves_the_queue() -> None:
    async def scenario() -> None:
        limiter = ConcurrencyLimiter(1, 1)
        async with limiter.slot():
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.001), limiter.slot():
                        raise AssertionError("the slot is taken")

    asyncio.run(scenario())


def test_a_budget_keeps_an_eighth_for_small_amounts() -> None:
    budget = Budget(80, small=5)
    assert budget.reserve(60)
    assert not budget.reserve(11)  # 71 of the 70 for large ones
    assert budget.reserve(10)
    assert budget.reserve(5)
    assert not budget.reserve(3, total=8)
    assert budget.reserve(5)
    assert not budget.reserve(1)
    assert budget.reserve(0)
    budget.release(60)
    assert (budget.held, budget.reserve(50)) == (20, True)


def test_a_budget_grants_anything_while_nothing_is_held() -> None:
    budget = Budget(10)
    with budget.hold(100):
        with pytest.raises(QueueFullError), budget.hold(1):
            pass
        with budget.hold(0):
            assert budget.held == 100
    assert budget.held == 0
