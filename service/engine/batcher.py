"""Who runs when: requests wait in one queue a model and share the session's batches.

Work-conserving and without a timer: whenever the session is free it takes what waits, up to `batch_rows`. A request
costs its rows. One too large for a batch is split and goes to the back of the queue after each part, so that a small
request waits for one part of it at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import numpy as np

from latent.codes import Latents
from service.images import Images


class QueueFullError(Exception):
    """Too many rows wait already. `retry_after` is how long they will take, in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the queue is full; try again in {retry_after:.1f} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Drawn:
    """Images uint8 `(n, C, H, W)`, and the seconds they waited and ran."""

    images: Images
    queued: float
    ran: float


@dataclass
class _Job:
    latents: Latents
    entered: float
    done: asyncio.Future[Drawn]
    taken: int = 0
    ran: float = 0.0
    parts: list[Images] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Rows that no batch has taken yet."""
        return len(self.latents) - self.taken

    def take(self, most: int) -> Latents:
        rows = self.latents[self.taken : self.taken + most]
        self.taken += len(rows)
        return rows


class Batcher:
    """Feeds one session.

    `run` turns latents float32 `(n, dim)`, n at most `batch_rows`, into images uint8 `(n, C, H, W)`, and is awaited
    one call at a time. At most `queue_rows` rows wait. `clock` gives seconds.
    """

    def __init__(
        self,
        run: Callable[[Latents], Awaitable[Images]],
        batch_rows: int,
        queue_rows: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._run, self._batch_rows, self._queue_rows, self._clock = run, batch_rows, queue_rows, clock
        self._queue: deque[_Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self.waiting = 0
        """Rows in the queue."""
        self.rows = 0
        """Rows computed so far."""
        self.busy = 0.0
        """Seconds the session has run so far."""

    async def submit(self, latents: Latents) -> Drawn:
        """Images of `latents` float32 `(n, dim)`, n at least 1, in order. Cancelled, it drops what has not run yet.

        Raises:
            QueueFullError: `n` more rows would not fit the queue; nothing has been computed.
            Exception: whatever `run` raised for a batch that held one of the rows.
        """
        if self.waiting + len(latents) > self._queue_rows:
            raise QueueFullError(self.waiting * self.busy / self.rows if self.rows else 1.0)
        job = _Job(latents, self._clock(), asyncio.get_running_loop().create_future())
        self._queue.append(job)
        self.waiting += job.left
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        try:
            return await job.done
        finally:
            self.waiting -= job.left  # not zero when the caller went away, or when an earlier part failed
            job.taken = len(latents)

    async def _work(self) -> None:
        while batch := self._take():
            began = self._clock()
            rows = [part for _, part in batch]
            try:
                images = await self._run(rows[0] if len(rows) == 1 else np.concatenate(rows))
            except Exception as error:
                for job, _ in batch:
                    if not job.done.done():
                        job.done.set_exception(error)
                continue
            now = self._clock()
            self.rows += len(images)
            self.busy += now - began
            self._hand_out(batch, images, now - began, now)

    def _take(self) -> list[tuple[_Job, Latents]]:
        batch: list[tuple[_Job, Latents]] = []
        room = self._batch_rows
        while self._queue and room:
            job = self._queue.popleft()
            if job.done.done():  # cancelled, or failed in an earlier part
                continue
            part = job.take(room)
            batch.append((job, part))
            room -= len(part)
            self.waiting -= len(part)
            if job.left and len(job.latents) > self._batch_rows:
                self._queue.append(job)
            elif job.left:
                self._queue.appendleft(job)  # cut by the batch's end alone
        return batch

    def _hand_out(self, batch: list[tuple[_Job, Latents]], images: Images, ran: float, now: float) -> None:
        start = 0
        for job, part in batch:
            job.parts.append(images[start : start + len(part)])
            job.ran += ran
            start += len(part)
            if not job.left and not job.done.done():
                whole = job.parts[0] if len(job.parts) == 1 else np.concatenate(job.parts)
                job.done.set_result(Drawn(whole, max(0.0, now - job.entered - job.ran), job.ran))
