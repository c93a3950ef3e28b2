"""Why the engine does not compute a request."""

from __future__ import annotations


class QueueFullError(Exception):
    """The queue holds as much as it may. `retry_after` is the estimated time until it is empty, in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"the queue is full; try again in {retry_after:.1f} s")
        self.retry_after = retry_after


class DeadlineError(Exception):
    """The work cannot be finished, or was not finished, within `time_limit` seconds."""

    def __init__(self, time_limit: float) -> None:
        super().__init__(f"it cannot be done within {time_limit:g} s")
