"""A request in the batcher's queue, and the result it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

In = TypeVar("In", bound=np.generic)
Out = TypeVar("Out", bound=np.generic)


@dataclass(slots=True)
class InferenceResult(Generic[Out]):
    """The output rows of one request, `(n, ...)`, in the order of its input rows.

    `queue_seconds` is how long the request waited; `inference_seconds` is how long the session took for its batches.
    """

    rows: NDArray[Out]
    queue_seconds: float
    inference_seconds: float


class Completion(Protocol[Out]):
    """What a request needs of the `asyncio.Future` of its result. Another class may do without the event loop."""

    def done(self) -> bool: ...
    def cancelled(self) -> bool: ...
    def cancel(self) -> object: ...
    def set_result(self, result: InferenceResult[Out], /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...


@dataclass(slots=True)
class InferenceRequest(Generic[In, Out]):
    """A request in the queue: input `rows` `(n, ...)`, and the `future` that gets its result.

    `enqueued_at` is a time of the batcher's clock, in seconds; the request is useless `time_limit` seconds later. An
    `exclusive` request is computed in one batch that holds no rows of other requests.
    """

    rows: NDArray[In]
    enqueued_at: float
    time_limit: float
    future: Completion[Out]
    exclusive: bool = False
    rows_taken: int = 0
    rows_computed: int = 0
    inference_seconds: float = 0.0
    parts: dict[int, NDArray[Out]] = field(default_factory=dict)  # output rows, by the index of the first one

    @property
    def rows_left(self) -> int:
        """How many rows no batch has taken yet."""
        return len(self.rows) - self.rows_taken

    def take(self, max_rows: int) -> tuple[int, NDArray[In]]:
        """Take up to `max_rows` of the rows that are left: the index of the first one, and the rows."""
        first, rows = self.rows_taken, self.rows[self.rows_taken : self.rows_taken + max_rows]
        self.rows_taken += len(rows)
        return first, rows

    def add_part(self, first: int, part: NDArray[Out], seconds: float, now: float) -> InferenceResult[Out] | None:
        """Add the output rows from index `first` on, which took `seconds`.

        The last missing part sets the result of the future and returns it.
        """
        self.rows_computed += len(part)
        self.inference_seconds += seconds
        is_whole = len(part) == len(self.rows)
        if not is_whole:
            self.parts[first] = part
        if self.rows_computed == len(self.rows) and not self.future.done():
            rows = part if is_whole else np.concatenate([self.parts[i] for i in sorted(self.parts)])
            queue_seconds = max(0.0, now - self.enqueued_at - self.inference_seconds)
            result = InferenceResult(rows, queue_seconds, self.inference_seconds)
            self.future.set_result(result)
            return result
        return None

    def fail(self, error: BaseException) -> None:
        """End the request with `error`, unless it has ended already."""
        if not self.future.done():
            self.future.set_exception(error)
