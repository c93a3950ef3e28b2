"""ConcurrencyLimiter of large work."""

from __future__ import annotations

import asyncio

import pytest

from service.engine.batcher import QueueFullError
from service.engine.limiter import ConcurrencyLimiter


def test_so_many_work_so_many_wait_and_the_next_is_refused() -> None:
    async def scenario() -> None:
        turns, gate, at_work = ConcurrencyLimiter(1, 1), asyncio.Event(), []

        async def work(name: str) -> None:
            async with turns.slot():
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


def test_who_gives_up_waiting_makes_room() -> None:
    async def scenario() -> None:
        turns = ConcurrencyLimiter(1, 1)
        async with turns.slot():
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.001), turns.slot():
                        raise AssertionError("it is nobody's turn")

    asyncio.run(scenario())
