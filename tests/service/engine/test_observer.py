"""What a batcher tells its observer of requests that are answered or fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest


def test_answered_requests_are_counted_once_with_their_seconds(make_session: Callable[..., Any]) -> None:
    async def scenario() -> None:
        session = make_session()  # four rows a batch, a second each
        await session.ask(1, 2, 3, 4, 5, 6)  # two batches
        await session.ask(7)  # waits for both, or shares the second
        await session.finish()
        observer = session.observer
        assert (observer.answered, observer.failed) == (2, 0)
        assert observer.inference_seconds >= 2.0
        assert observer.queue_seconds >= 0.0

    asyncio.run(scenario())


def test_requests_of_a_batch_that_fails_are_counted_once(make_session: Callable[..., Any]) -> None:
    async def scenario() -> None:
        session = make_session()
        session.error = RuntimeError("broken")
        tasks = [await session.ask(1, 2, 3, 4, 5, 6), await session.ask(7)]
        await session.finish()
        for task in tasks:
            with pytest.raises(RuntimeError, match="broken"):
                task.result()
        assert (session.observer.answered, session.observer.failed) == (0, 2)

    asyncio.run(scenario())
