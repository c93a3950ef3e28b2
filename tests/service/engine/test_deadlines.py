"""Requests dropped before they are computed: the deadline passed, cannot be met, or the client hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.errors import DeadlineError

MakeSession = Callable[..., Any]
Drawn = Callable[[Any], list[int]]


def test_a_request_past_its_deadline_is_dropped_uncomputed(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        first = await session.ask(1)
        due, kept = await session.ask(2, 3, time_limit=5.0), await session.ask(4, time_limit=50.0)
        session.now = 6.0
        await session.finish()
        assert session.batches == [[1], [4]]
        assert (drawn(first), drawn(kept)) == ([1], [4])
        with pytest.raises(DeadlineError, match="within 5 s"):
            due.result()
        assert session.observer.reasons == {"dropped deadline": 1}
        assert session.batcher.queued_rows == session.observer.queued == 0

    asyncio.run(scenario())


def test_a_request_that_the_throughput_cannot_finish_in_time_is_refused(
    make_session: MakeSession, drawn: Drawn
) -> None:
    async def scenario() -> None:
        session = make_session()
        await session.ask(0)
        await session.finish(1)  # one row a second
        first = await session.ask(1)
        tight = await session.ask(2, time_limit=2.5)
        large = await session.ask(3, 4, time_limit=2.9)  # would do alone, and not after the one before it
        easy = await session.ask(5, time_limit=3.5)
        await session.finish(1)
        assert session.batches[2:] == [[2, 5]]
        await session.finish()
        assert [drawn(task) for task in (first, tight, easy)] == [[1], [2], [5]]
        with pytest.raises(DeadlineError):
            large.result()
        assert session.observer.reasons == {"rejected deadline": 1}

    asyncio.run(scenario())


def test_a_queued_request_is_dropped_once_it_cannot_be_in_time(make_session: MakeSession) -> None:
    async def scenario() -> None:
        session = make_session()
        await session.ask(0)
        await session.finish(1)
        await session.ask(1)
        late = await session.ask(2, time_limit=2.5)
        session.takes = 2.0
        await session.finish(1)
        with pytest.raises(DeadlineError):
            late.result()
        assert session.batches == [[0], [1]]
        assert session.observer.reasons == {"dropped deadline": 1}

    asyncio.run(scenario())


def test_an_idle_session_tries_a_request_at_any_measured_throughput(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        await session.ask(0)
        session.takes = 1000.0  # a slow start
        await session.finish(1)
        session.takes = 1.0
        task = await session.ask(1, time_limit=2.0)
        await session.finish()
        assert drawn(task) == [1]

    asyncio.run(scenario())


def test_a_large_request_past_its_deadline_half_way_is_computed_no_further(make_session: MakeSession) -> None:
    async def scenario() -> None:
        session = make_session()
        large = await session.ask(*range(20), time_limit=2.5)
        await session.finish(1)
        session.now = 3.0
        await session.finish()
        with pytest.raises(DeadlineError):
            large.result()
        assert len(session.batches) <= 3
        assert session.batcher.queued_rows == 0

    asyncio.run(scenario())


def test_a_cancelled_request_is_dropped_and_counted(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        running = await session.ask(1)
        gone = [await session.ask(value) for value in (2, 3)]
        kept = await session.ask(4)
        for task in [running, *gone]:
            task.cancel()
        await session.settle()
        await session.finish()
        assert session.batches == [[1], [4]]
        assert drawn(kept) == [4]
        assert session.observer.reasons == {"dropped abandoned": 2}  # the first one's batch ran already

    asyncio.run(scenario())


ACTIONS = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["wait", "cancel", "tight"]), st.integers(0, 2)), max_size=25
)


@settings(deadline=None)
@given(ACTIONS)
def test_cancellations_and_deadlines_leave_the_queue_consistent(
    make_session: MakeSession, drawn: Drawn, actions: list[tuple[int, str, int]]
) -> None:
    """After any cancellations and deadlines, all other requests get their own rows, and the queue is empty."""

    async def scenario() -> None:
        session = make_session()
        kept, others = [], []
        for number, (size, fate, batches) in enumerate(actions):
            within = 1.5 if fate == "tight" else float("inf")
            task = await session.ask(*[number] * size, time_limit=within)
            (kept if fate == "wait" else others).append((task, [number] * size))
            await session.finish(batches)
            if fate == "cancel":
                task.cancel()
                await session.settle()
        await session.finish()
        assert [drawn(task) for task, _ in kept] == [values for _, values in kept]
        assert all(task.done() for task, _ in others)
        await asyncio.gather(*(task for task, _ in others), return_exceptions=True)
        assert session.batcher.queued_rows == session.observer.queued == 0
        assert all(len(batch) <= 4 for batch in session.batches)
        last = await session.ask(7)
        await session.finish()
        assert drawn(last) == [7]

    asyncio.run(scenario())
