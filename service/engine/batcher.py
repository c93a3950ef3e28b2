"""Who runs when: requests wait in one queue a model and share the session's batches.

Work-conserving and without a timer: whenever the session is free it takes what waits, up to `batch_rows`; once a whole
batch waits, which nobody could join any more, it is prepared ahead, so that the session goes on without a pause. Where
the session computes several batches at once, each in a lane, the lanes that are free share what waits.

A request costs its rows. One too large for a batch is split, takes half a batch at most while others wait, and goes to
the back of the queue after each part: a small request waits for two of its parts at most and shares the third, and it
goes on itself however many small ones come.
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

from service.engine.job import Done, In, Job, Out
from service.engine.observer import Tally
from service.engine.throughput import Rate

# Seconds by the measured rate. What takes no longer than _BRIEF is not worth another thread, and keeps the event loop.
# So do many small requests, up to _KEPT in all, if they take _LIGHT each: the loop does more for them than the session,
# and would only have to wait for the interpreter beside it.
_BRIEF, _KEPT, _LIGHT = 0.0005, 0.002, 0.0001

Run = Callable[[NDArray[In]], Awaitable[tuple[NDArray[Out], float]]]
"""Rows `(n, ...)` -> what comes of each, `(n, ...)`, and the seconds that the session took for them."""


class QueueFullError(Exception):
    """Too many rows wait already. `retry_after` is how long they will take, in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the queue is full; try again in {retry_after:.1f} s")
        self.retry_after = retry_after


class DeadlineError(Exception):
    """Rows that have not been computed cannot be in time any more."""

    def __init__(self, within: float) -> None:
        super().__init__(f"it cannot be done within {within:g} s")


_Batch = list[tuple[Job[In, Out], int, NDArray[In]]]


class Batcher(Generic[In, Out]):
    """Feeds one session.

    `run` gets `batch_rows` rows at most, but for rows alone. It is called while `lanes` other calls at most have not
    ended. Requests are let in while fewer than `queue_rows` rows wait, each of them whole.
    `clock` gives seconds. `at_once`, where given, does what `run` does before it returns: a brief batch that nothing
    runs beside goes there, for handing it to a thread and back would take as long again.
    """

    def __init__(
        self,
        run: Run[In, Out],
        batch_rows: int,
        queue_rows: int,
        lanes: int = 1,
        clock: Callable[[], float] = time.perf_counter,
        tally: Tally | None = None,
        at_once: Callable[[NDArray[In]], tuple[NDArray[Out], float]] | None = None,
    ) -> None:
        self._run, self._batch_rows, self._queue_rows, self._lanes = run, batch_rows, queue_rows, lanes
        self._clock = clock
        self._tally, self._at_once = tally or Tally(), at_once
        self._queue: deque[Job[In, Out]] = deque()
        self._rate = Rate()
        self._running = 0  # batches handed to `run` and not ended: one in each lane, one ahead
        self._freed = -math.inf  # when the last batch ended, as far as is known here
        self._woken = False
        self._told = 0  # rows that wait, as they were told of last
        self.waiting = 0
        """Rows in the queue."""

    def admit(self) -> None:
        """Refuse a request while the queue is full: worth asking before anything is done for it, even to read it.

        Raises:
            QueueFullError: it is.
        """
        if self.full:
            self._tally.rejected("full")
            raise QueueFullError(1.0 if self._rate.row is None else self._takes(self.waiting))

    @property
    def full(self) -> bool:
        """Whether no request is let in."""
        return self.waiting >= self._queue_rows

    def in_time(self, rows: int, within: float) -> bool:
        """Whether so many rows more can be computed within so many seconds, by the measured rate."""
        return not self._running or self._takes(self.waiting + rows) <= within

    async def submit(self, rows: NDArray[In], within: float = math.inf, alone: bool = False) -> Done[Out]:
        """What comes of `rows`: see `enter`. Cancelled, it drops what has not run yet.

        Raises:
            QueueFullError: the queue is full; nothing has been computed.
            DeadlineError: `within` seconds have passed, or are too few by the measured rate, before all was computed.
            Exception: whatever `run` raised for a batch that held one of the rows.
        """
        job = self.enter(rows, within, alone)
        try:
            return await job.done
        finally:
            self.leave(job)

    def enter(self, rows: NDArray[In], within: float = math.inf, alone: bool = False) -> Job[In, Out]:
        """Have `rows`, at least one, computed in order, unless `leave` is called before.

        Rows that are to be `alone` make one batch, whatever their number: what comes of them is what does with no other
        rows beside them, to the last bit.

        Raises:
            QueueFullError: the queue is full.
            DeadlineError: `within` seconds are too few by the measured rate. Where it shows later, `done` raises it.
        """
        self.admit()
        if not self.in_time(len(rows), within):
            self._tally.rejected("deadline")
            raise DeadlineError(within)
        loop = asyncio.get_running_loop()
        job: Job[In, Out] = Job(rows, self._clock(), within, loop.create_future(), alone)
        self._queue.append(job)
        self.waiting += len(rows)
        if not self._woken:
            # At the end of the loop's turn: requests that came in together go together.
            self._woken = True
            loop.call_soon(self._start)
        return job

    def leave(self, job: Job[In, Out]) -> None:
        """Nobody waits for a job any more: what is left of one that is not done is dropped."""
        if job.left and (job.done.cancelled() or not job.done.done()):
            self._tally.dropped("abandoned")
        job.done.cancel()
        self._forget(job)

    def _forget(self, job: Job[In, Out]) -> None:
        """Drop the rows that no batch has taken, if there are any."""
        if job.left:
            self.waiting -= job.left
            job.taken = len(job.rows)
            self._tell()

    def _tell(self) -> None:
        """Tell how many rows wait, where that has changed: once a turn of the loop, not at every request."""
        if self.waiting != self._told:
            self._tally.waiting(self.waiting - self._told)
            self._told = self.waiting

    def _start(self) -> None:
        self._woken = False
        lanes = self._lanes
        while self._queue and (self._running < lanes or (self._running == lanes and self.waiting >= self._batch_rows)):
            batch = self._take(self._share())
            if not batch:
                break
            rows = [part for _, _, part in batch]
            running = self._hand_over(rows[0] if len(rows) == 1 else np.concatenate(rows), len(batch))
            self._running += 1
            running.add_done_callback(partial(self._end, batch))
        self._tell()

    def _hand_over(self, rows: NDArray[In], requests: int) -> asyncio.Future[tuple[NDArray[Out], float]]:
        if self._running or not self._at_once or not self._brief(len(rows), requests):
            return asyncio.ensure_future(self._run(rows))
        done: asyncio.Future[tuple[NDArray[Out], float]] = asyncio.get_running_loop().create_future()
        try:
            done.set_result(self._at_once(rows))
        except Exception as error:
            done.set_exception(error)
        return done

    def _share(self) -> int:
        """Rows of the next batch, at most: what waits, shared among the lanes that are free, if it is worth that."""
        free, row = self._lanes - self._running, self._rate.row
        if free < 2 or not row or self._brief(self.waiting, len(self._queue)):
            return self._batch_rows
        return min(self._batch_rows, max(-(-self.waiting // free), int(_BRIEF / row)))

    def _take(self, most: int) -> _Batch[In, Out]:
        batch: _Batch[In, Out] = []
        room = most
        now = self._clock()
        while self._queue and room:
            job = self._queue.popleft()
            if job.done.done():  # cancelled, or failed in an earlier part
                self._forget(job)
                continue
            if self._late(job, now, most - room):
                self._tally.dropped("deadline")
                self._forget(job)
                job.fail(DeadlineError(job.within))
                continue
            if job.alone:
                if batch:
                    self._queue.appendleft(job)  # the next one is its own
                else:
                    batch.append((job, *job.take(len(job.rows))))
                    self.waiting -= len(job.rows)
                return batch
            large = len(job.rows) > self._batch_rows
            first, part = job.take(min(room, -(-self._batch_rows // 2)) if large and self._queue else room)
            batch.append((job, first, part))
            room -= len(part)
            self.waiting -= len(part)
            if job.left and large:
                self._queue.append(job)
            elif job.left:
                self._queue.appendleft(job)  # cut by the batch's end alone
        return batch

    def _late(self, job: Job[In, Out], now: float, before: int) -> bool:
        left = job.entered + job.within - now
        if not self._running and not before and job.entered >= self._freed:
            return left <= 0  # it came to an idle session, which may try: that is how its rate is measured anew
        return self._takes(before + job.left) >= left

    def _brief(self, rows: int, requests: int) -> bool:
        """Whether so many rows of so many requests may keep the event loop; not before the rate is known."""
        seconds = self._rate.seconds(rows)
        return self._rate.row is not None and (seconds <= _BRIEF or seconds <= min(_KEPT, _LIGHT * requests))

    def _takes(self, rows: int) -> float:
        """Seconds until so many rows are computed, by the measured rate."""
        return self._rate.seconds(rows) / self._lanes

    def _end(self, batch: _Batch[In, Out], ended: asyncio.Future[tuple[NDArray[Out], float]]) -> None:
        self._freed = now = self._clock()
        self._running -= 1
        error = asyncio.CancelledError() if ended.cancelled() else ended.exception()
        if error:
            for job, _, _ in batch:
                job.fail(error)
            return self._start()
        results, ran = ended.result()
        self._rate.add(len(results), ran)
        self._tally.ran(len(results), ran)
        self._start()  # before they are handed out: the session comes first
        start = 0
        for job, first, part in batch:
            job.give(first, results[start : start + len(part)], ran, now)
            start += len(part)
        return None
