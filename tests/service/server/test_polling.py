"""Looking again."""

from __future__ import annotations

import asyncio

import pytest

from service.server.polling import Poller


def test_it_looks_when_told_and_only_then() -> None:
    async def scenario() -> None:
        looked = asyncio.Event()
        loop = asyncio.get_running_loop()
        poller = Poller(0, lambda: loop.call_soon_threadsafe(looked.set))
        running = asyncio.create_task(poller.run())
        for _ in range(3):
            await asyncio.sleep(0.01)
            assert not looked.is_set()
            poller.trigger()
            await asyncio.wait_for(looked.wait(), 10)
            looked.clear()
        running.cancel()

    asyncio.run(scenario())


def test_it_looks_every_so_often_and_outlives_a_look_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        looked = asyncio.Semaphore(0)
        loop = asyncio.get_running_loop()

        def fails() -> None:
            raise OSError("the volume is away")

        running = asyncio.create_task(Poller(0.01, fails, lambda: loop.call_soon_threadsafe(looked.release)).run())
        for _ in range(3):
            await asyncio.wait_for(looked.acquire(), 10)
        running.cancel()

    asyncio.run(scenario())
    assert [record.getMessage() for record in caplog.records] == ["not refreshed; what was loaded before stays"]
    assert "the volume is away" in caplog.text
