"""Inference whose results depend on the request alone, not on what else is computed at the same time.

Requests that share a batch make it larger, and the kernels for another number of rows may round a pixel differently.
What has a strong ETag is therefore computed in batches of its own, of sizes that follow from the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from service.engine.batcher import Batcher
from service.engine.inference_request import In, InferenceResult, Out

T = TypeVar("T")

EXCLUSIVE_ROWS = 64
"""Rows of each batch, the last one excepted; independent of the service's own batch size."""


async def submit_exclusively(batcher: Batcher[In, Out], rows: NDArray[In], time_limit: float) -> InferenceResult[Out]:
    """Compute `rows` `(n, ...)` in batches that hold no rows of other requests, each of `EXCLUSIVE_ROWS` rows.

    Raises:
        QueueFullError: the queue is full.
        DeadlineError: it cannot be finished within `time_limit` seconds.
    """
    parts = [rows[start : start + EXCLUSIVE_ROWS] for start in range(0, len(rows), EXCLUSIVE_ROWS)]
    results = await gather(batcher.submit(part, time_limit, exclusive=True) for part in parts)
    return InferenceResult(
        np.concatenate([result.rows for result in results]),
        max(result.queue_seconds for result in results),
        sum(result.inference_seconds for result in results),
    )


async def gather(work: Iterable[Awaitable[T]]) -> Sequence[T]:
    """The results in order. If one fails, the others are cancelled, and its exception is raised unchanged."""
    tasks: list[asyncio.Future[T]] = [asyncio.ensure_future(part) for part in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
