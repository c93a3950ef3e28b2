"""Dynamic batching: requests wait in one queue per model and share the batches of its session.

The batcher is work-conserving and has no timer: whenever the session is free, it takes what waits, up to `batch_rows`
rows. When a whole batch waits, which no later request could join, it is handed over one batch ahead, so that the
session runs without a pause. If the session can compute several batches at the same time, the queue is divided among
those that are free.

Scheduling is fair by rows. A request larger than a batch is split: while others wait, each of its parts takes half a
batch at most, and after each part it goes to the back of the queue. So a small request waits for at most two parts of
a large one and shares the batch of the third, and a large request makes progress however many small ones arrive.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from service.engine.errors import DeadlineError, QueueFullError
from service.engine.inference_request import Completion, In, InferenceRequest, InferenceResult, Out
from service.engine.observer import BatchObserver
from service.engine.throughput import Throughput

# Seconds, estimated from the measured throughput. A batch of up to _SHORT runs on the event loop itself: handing it to
# a thread would cost more. So does a batch of many small requests, up to _SHORT_EACH for each request and up to
# _LONGEST_INLINE in all: the loop has more work with them than the session, and would compete with it for the GIL.
_SHORT, _LONGEST_INLINE, _SHORT_EACH = 0.0005, 0.002, 0.0001

_EXPIRY_INTERVAL = 0.25  # seconds between looks for requests whose time is over while a batch runs

RunBatch = Callable[[NDArray[In]], Awaitable[tuple[NDArray[Out], float]]]
"""Input rows `(n, ...)` -> output rows `(n, ...)`, and the seconds that the session took."""


_Batch = list[tuple[InferenceRequest[In, Out], int, NDArray[In]]]
"""Parts of requests: each with the index of its first row, and its rows."""


class Batcher(Generic[In, Out]):
    """The queue of one session.

    `run` computes a batch of at most `batch_rows` rows (more only for an exclusive request). At most
    `concurrent_batches` calls of it run at the same time, and one more may be prepared. A request is accepted while
    fewer than `queue_rows` rows wait, and then as a whole, even if it is larger than the room left. `clock` returns
    seconds. `run_inline`, if given, computes the same as `run` but synchronously: it is used for a short batch while no
    other batch runs, because handing that to a thread and back would take as long again.
    """

    def __init__(
        self,
        run: RunBatch[In, Out],
        batch_rows: int,
        queue_rows: int,
        concurrent_batches: int = 1,
        clock: Callable[[], float] = time.perf_counter,
        observer: BatchObserver | None = None,
        run_inline: Callable[[NDArray[In]], tuple[NDArray[Out], float]] | None = None,
    ) -> None:
        self._run, self._run_inline = run, run_inline
        self._batch_rows, self._queue_rows, self._concurrent_batches = batch_rows, queue_rows, concurrent_batches
        self._clock, self._observer = clock, observer or BatchObserver()
        self._queue: deque[InferenceRequest[In, Out]] = deque()
        self._throughput = Throughput()
        # Batches handed to `run` and not finished: the concurrent ones, and one prepared ahead.
        self._running: dict[asyncio.Future[tuple[NDArray[Out], float]], _Batch[In, Out]] = {}
        self._last_finished = -math.inf  # when the last batch finished
        self._dispatch_scheduled = False
        self._expiry_scheduled = False
        self._reported_rows = 0  # `queued_rows` as last reported to the observer
        self.queued_rows = 0
        """Rows in the queue."""

    def check_capacity(self) -> None:
        """Refuse a request while the queue is full. Worth calling before any work for it, even parsing its body.

        Raises:
            QueueFullError: the queue is full.
        """
        if self.is_full:
            self._observer.on_rejected("full")
            unknown = self._throughput.seconds_per_row is None
            raise QueueFullError(1.0 if unknown else self._estimate(self.queued_rows))

    @property
    def is_full(self) -> bool:
        """Whether no request is accepted."""
        return self.queued_rows >= self._queue_rows

    def can_finish_within(self, rows: int, time_limit: float) -> bool:
        """Whether `rows` more rows can be computed within `time_limit` seconds, by the measured throughput."""
        return not self._running or self._estimate(self.queued_rows + rows) <= time_limit

    async def submit(
        self, rows: NDArray[In], time_limit: float = math.inf, exclusive: bool = False
    ) -> InferenceResult[Out]:
        """Compute `rows`; the parameters are those of `enqueue`. Cancelling this drops the rows not yet computed.

        Raises:
            QueueFullError: the queue is full; nothing has been computed.
            DeadlineError: the rows cannot be, or were not, all computed within `time_limit` seconds.
            Exception: what `run` raised for a batch that held one of the rows.
        """
        future: asyncio.Future[InferenceResult[Out]] = asyncio.get_running_loop().create_future()
        request = self.enqueue(rows, future, time_limit, exclusive)
        try:
            return await future
        finally:
            self.cancel(request)

    def enqueue(
        self, rows: NDArray[In], future: Completion[Out], time_limit: float = math.inf, exclusive: bool = False
    ) -> InferenceRequest[In, Out]:
        """Put `rows` `(n, ...)`, n at least 1, into the queue; `future` gets the result.

        The rows of an `exclusive` request make one batch of their own, even if they are more than `batch_rows`, so that
        its output does not depend on other requests, not even in the last bit.

        Raises:
            QueueFullError: the queue is full.
            DeadlineError: `time_limit` seconds are too few by the measured throughput. If that becomes clear only
                later, the future raises it.
        """
        self.check_capacity()
        if not self.can_finish_within(len(rows), time_limit):
            self._observer.on_rejected("deadline")
            raise DeadlineError(time_limit)
        request: InferenceRequest[In, Out] = InferenceRequest(rows, self._clock(), time_limit, future, exclusive)
        self._queue.append(request)
        self.queued_rows += len(rows)
        self._schedule_dispatch()  # not at once: requests of the same iteration of the event loop share a batch
        return request

    def _schedule_dispatch(self) -> None:
        if self._queue and not self._dispatch_scheduled:
            self._dispatch_scheduled = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def cancel(self, request: InferenceRequest[In, Out]) -> None:
        """Drop what is left of a request that nobody waits for any more. Does nothing to a finished one."""
        if request.rows_left and (request.future.cancelled() or not request.future.done()):
            self._observer.on_dropped("abandoned")
        request.future.cancel()
        self._drop_rows_left(request)

    def _drop_rows_left(self, request: InferenceRequest[In, Out]) -> None:
        if request.rows_left:
            self.queued_rows -= request.rows_left
            request.rows_taken = len(request.rows)
            self._report_queue()

    def _report_queue(self) -> None:
        """Report a change of the queue: once per dispatch, not once per request."""
        if self.queued_rows != self._reported_rows:
            self._observer.on_queue_change(self.queued_rows - self._reported_rows)
            self._reported_rows = self.queued_rows

    def _dispatch(self) -> None:
        """Start batches as long as the session is free, and prepare one ahead if a whole one waits."""
        self._dispatch_scheduled = False
        most, inline = self._concurrent_batches, None
        while self._queue and (
            len(self._running) < most or (len(self._running) == most and self.queued_rows >= self._batch_rows)
        ):
            batch = self._form_batch(self._batch_limit())
            if not batch:
                break
            parts = [rows for _, _, rows in batch]
            running = self._start(parts[0] if len(parts) == 1 else np.concatenate(parts), len(batch))
            self._running[running] = batch
            if running.done():
                inline = running
            else:
                running.add_done_callback(partial(self._finish, self._dispatch))
        self._report_queue()
        self._schedule_expiry()
        if inline:  # the next batch waits for the next iteration of the event loop
            self._finish(self._schedule_dispatch, inline)

    def _schedule_expiry(self) -> None:
        if self._running and not self._expiry_scheduled:
            self._expiry_scheduled = True
            asyncio.get_running_loop().call_later(_EXPIRY_INTERVAL, self._expire)

    def _expire(self) -> None:
        """Fail the requests whose time is over: a batch that hangs would let them wait for ever."""
        self._expiry_scheduled = False
        now = self._clock()
        running = (request for batch in self._running.values() for request, _, _ in batch)
        for request in (*self._queue, *running):
            if now - request.enqueued_at > request.time_limit and not request.future.done():
                self._observer.on_dropped("deadline")
                self._drop_rows_left(request)
                request.fail(DeadlineError(request.time_limit))
        self._queue = deque(request for request in self._queue if not request.future.done())
        self._schedule_expiry()

    def _start(self, rows: NDArray[In], requests: int) -> asyncio.Future[tuple[NDArray[Out], float]]:
        if self._running or not self._run_inline or not self._is_short(len(rows), requests):
            return asyncio.ensure_future(self._run(rows))
        finished: asyncio.Future[tuple[NDArray[Out], float]] = asyncio.get_running_loop().create_future()
        try:
            finished.set_result(self._run_inline(rows))
        except Exception as error:
            finished.set_exception(error)
        return finished

    def _batch_limit(self) -> int:
        """The most rows of the next batch: an equal share of the queue for each free slot, if sharing is worth it."""
        free, seconds_per_row = self._concurrent_batches - len(self._running), self._throughput.seconds_per_row
        if free < 2 or not seconds_per_row or self._is_short(self.queued_rows, len(self._queue)):
            return self._batch_rows
        return min(self._batch_rows, max(-(-self.queued_rows // free), int(_SHORT / seconds_per_row)))

    def _form_batch(self, max_rows: int) -> _Batch[In, Out]:
        batch: _Batch[In, Out] = []
        room = max_rows
        now = self._clock()
        while self._queue and room:
            request = self._queue.popleft()
            if request.future.done():  # cancelled, or failed in an earlier part
                self._drop_rows_left(request)
                continue
            if self._is_late(request, now, max_rows - room):
                self._observer.on_dropped("deadline")
                self._drop_rows_left(request)
                request.fail(DeadlineError(request.time_limit))
                continue
            if request.exclusive:
                if batch:
                    self._queue.appendleft(request)  # it is the next batch
                else:
                    batch.append((request, *request.take(len(request.rows))))
                    self.queued_rows -= len(request.rows)
                return batch
            is_large = len(request.rows) > self._batch_rows
            first, rows = request.take(min(room, -(-self._batch_rows // 2)) if is_large and self._queue else room)
            batch.append((request, first, rows))
            room -= len(rows)
            self.queued_rows -= len(rows)
            if request.rows_left and is_large:
                self._queue.append(request)
            elif request.rows_left:
                self._queue.appendleft(request)  # split only because this batch is full
        return batch

    def _is_late(self, request: InferenceRequest[In, Out], now: float, rows_before: int) -> bool:
        """Whether a request cannot be finished in time, with `rows_before` rows of the same batch before it."""
        seconds_left = request.enqueued_at + request.time_limit - now
        if not self._running and not rows_before and request.enqueued_at >= self._last_finished:
            # The session was idle when it arrived. Let it try: only a batch that runs can correct the throughput.
            return seconds_left <= 0
        return self._estimate(rows_before + request.rows_left) >= seconds_left

    def _is_short(self, rows: int, requests: int) -> bool:
        """Whether a batch of `rows` rows of that many requests may run on the event loop; never before the first."""
        seconds = self._throughput.estimate(rows)
        if self._throughput.seconds_per_row is None:
            return False
        return seconds <= _SHORT or seconds <= min(_LONGEST_INLINE, _SHORT_EACH * requests)

    def _estimate(self, rows: int) -> float:
        """Seconds until `rows` rows are computed, by the measured throughput."""
        return self._throughput.estimate(rows) / self._concurrent_batches

    def _finish(self, dispatch: Callable[[], None], finished: asyncio.Future[tuple[NDArray[Out], float]]) -> None:
        self._last_finished = now = self._clock()
        batch = self._running.pop(finished)
        error = asyncio.CancelledError() if finished.cancelled() else finished.exception()
        if error:
            self._observer.on_failed(sum(not request.future.done() for request, _, _ in batch))
            for request, _, _ in batch:
                request.fail(error)
            return dispatch()
        outputs, seconds = finished.result()
        self._throughput.record(len(outputs), seconds)
        self._observer.on_batch(len(outputs), seconds)
        dispatch()  # before the results are handed out: keep the session busy
        start, results = 0, []
        for request, first, rows in batch:
            if result := request.add_part(first, outputs[start : start + len(rows)], seconds, now):
                results.append(result)
            start += len(rows)
        if results:
            queue_seconds = sum([result.queue_seconds for result in results])
            self._observer.on_answered(
                len(results), queue_seconds, sum([result.inference_seconds for result in results])
            )
        return None
