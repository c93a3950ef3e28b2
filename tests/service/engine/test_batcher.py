"""How requests share batches: without ONNX, without HTTP, with a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.errors import QueueFullError

MakeSession = Callable[..., Any]
Drawn = Callable[[Any], list[int]]


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


def test_a_single_request_runs_immediately(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        task = await session.ask(1, 2)
        assert session.batches == [[1, 2]]
        await session.finish()
        assert drawn(task) == [1, 2]

    run(scenario())


def test_requests_that_wait_for_a_running_batch_share_the_next_one(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        tasks = [await session.ask(value) for value in (1, 2, 3, 4)]
        await session.finish()
        assert session.batches == [[1], [2, 3, 4]]
        assert [drawn(task) for task in tasks] == [[1], [2], [3], [4]]

    run(scenario())


def test_a_full_batch_is_prepared_while_another_runs_and_no_third(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        tasks = [await session.ask(value) for value in range(10)]
        assert session.batches == [[0], [1, 2, 3, 4]]
        await session.finish(1)
        assert session.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8]]
        await session.finish()
        assert [drawn(task) for task in tasks] == [[value] for value in range(10)]

    run(scenario())


def test_requests_of_one_iteration_of_the_loop_share_a_batch(make_session: MakeSession) -> None:
    async def scenario() -> None:
        session = make_session()
        async with asyncio.TaskGroup() as group:
            for value in (1, 2, 3):
                group.create_task(session.ask(value))
        await session.finish()
        assert session.batches == [[1, 2, 3]]

    run(scenario())


def test_a_large_request_makes_progress_however_many_small_ones_arrive(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        large = await session.ask(*range(20, 32))
        small = []
        for value in range(15):
            small.append(await session.ask(value))
            small.append(await session.ask(value))
            if value % 2:
                await session.finish(1)
        assert drawn(large) == list(range(20, 32))
        await session.finish()
        assert [drawn(task) for task in small] == [[value] for value in range(15) for _ in range(2)]

    run(scenario())


def test_a_large_request_is_split_and_a_small_one_overtakes_it(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        large = await session.ask(*range(10, 22))
        small = await session.ask(1)
        await session.finish(3)
        assert small.done()
        assert not large.done()
        await session.finish()
        assert session.batches == [[10, 11, 12, 13], [14, 15, 16, 17], [18, 19, 1, 20], [21]]
        assert drawn(large) == list(range(10, 22))

    run(scenario())


def test_a_small_request_split_by_a_full_batch_goes_on_before_later_ones(make_session: MakeSession) -> None:
    async def scenario() -> None:
        session = make_session()
        await session.ask(1)
        for values in ((2, 3, 4), (5, 6), (7, 8, 9)):
            await session.ask(*values)
        await session.finish()
        assert session.batches == [[1], [2, 3, 4, 5], [6, 7, 8, 9]]

    run(scenario())


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 5))
def test_every_request_gets_its_own_rows_in_order(
    make_session: MakeSession, drawn: Drawn, sizes: list[int], batch_rows: int
) -> None:
    async def scenario() -> None:
        session = make_session(batch_rows, queue_rows=1000)
        values = iter(range(1000))
        asked = [[next(values) % 256 for _ in range(size)] for size in sizes]
        tasks = [await session.ask(*request) for request in asked]
        await session.finish()
        assert [drawn(task) for task in tasks] == asked
        assert all(len(batch) <= batch_rows for batch in session.batches)
        assert session.observer.rows == sum(sizes)
        assert session.batcher.queued_rows == 0

    run(scenario())


def test_a_request_to_a_full_queue_is_refused(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session(batch_rows=2, queue_rows=4)
        tasks = [await session.ask(1, 2), await session.ask(3, 4), await session.ask(5, 6, 7)]
        assert not session.batcher.is_full
        tasks.append(await session.ask(8, 9))
        assert (session.batcher.is_full, session.batcher.queued_rows) == (True, 5)
        refused = await session.ask(10)
        with pytest.raises(QueueFullError) as error:
            refused.result()
        assert error.value.retry_after == 1.0  # nothing measured yet
        await session.finish(1)
        tasks.append(await session.ask(11, 12))
        assert session.batcher.queued_rows == 5
        with pytest.raises(QueueFullError) as error:
            (await session.ask(13)).result()
        assert error.value.retry_after == pytest.approx(2.5)  # five rows, at half a second a row
        with pytest.raises(QueueFullError):
            session.batcher.check_capacity()
        assert session.observer.reasons == {"rejected full": 3}
        await session.finish()
        assert [drawn(task) for task in tasks] == [[1, 2], [3, 4], [5, 6, 7], [8, 9], [11, 12]]
        assert [len(batch) for batch in session.batches] == [2, 2, 2, 2, 2, 1]

    run(scenario())


def test_a_cancelled_request_never_runs_and_leaves_the_queue(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session(queue_rows=4)
        first = await session.ask(1)
        gone = await session.ask(2, 3)
        kept = await session.ask(4)
        gone.cancel()
        await session.settle()
        assert session.batcher.queued_rows == 1
        await session.finish()
        assert session.batches == [[1], [4]]
        assert (drawn(first), drawn(kept)) == ([1], [4])

    run(scenario())


def test_a_request_cancelled_half_way_drops_the_rest_and_its_batch_goes_on(
    make_session: MakeSession, drawn: Drawn
) -> None:
    async def scenario() -> None:
        session = make_session()
        gone = await session.ask(*range(10, 20))
        kept = await session.ask(1)
        await session.finish(2)
        gone.cancel()
        await session.settle()
        await session.finish()
        assert session.batches == [[10, 11, 12, 13], [14, 15, 16, 17], [18, 19, 1]]
        assert drawn(kept) == [1]
        assert session.batcher.queued_rows == 0

    run(scenario())


def test_a_failing_batch_fails_its_requests_and_no_others(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
        session.error = RuntimeError("out of memory")
        split = await session.ask(*range(10, 20))
        gone = await session.ask(1)
        gone.cancel()
        await session.finish(2)
        with pytest.raises(RuntimeError, match="out of memory"):
            split.result()
        assert session.batcher.queued_rows == 0
        session.error = None
        after = await session.ask(2)
        await session.finish()
        assert drawn(after) == [2]
        assert session.batches == [[10, 11, 12, 13], [14, 15, 16, 17], [2]]

    run(scenario())


def test_a_failing_batch_survives_a_cancelled_member(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session()
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


def test_queue_and_inference_are_timed_separately(make_session: MakeSession) -> None:
    async def scenario() -> None:
        session = make_session()
        await session.ask(1)
        session.now = 5.0
        second = await session.ask(2)
        session.now = 7.0
        await session.finish()
        result = second.result()
        assert (result.queue_seconds, result.inference_seconds) == (3.0, 1.0)
        assert session.observer.seconds == 2.0

    run(scenario())


def test_an_exclusive_request_shares_no_batch(make_session: MakeSession, drawn: Drawn) -> None:
    async def scenario() -> None:
        session = make_session(batch_rows=4)
        tasks = [await session.ask(1), await session.ask(2, 3)]
        tasks += [await session.ask(*range(10, 16), exclusive=True), await session.ask(4)]
        await session.finish()
        assert session.batches == [[1], [2, 3], [10, 11, 12, 13, 14, 15], [4]]
        assert [drawn(task) for task in tasks] == session.batches
        assert session.batcher.queued_rows == 0

    run(scenario())
