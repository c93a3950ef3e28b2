"""The events that a batcher reports, for metrics to count."""

from __future__ import annotations

from typing import Literal

Rejection = Literal["full", "deadline"]
Drop = Literal["deadline", "abandoned"]


class BatchObserver:
    """Receives the events of one model's batcher. This base class ignores them all."""

    def on_queue_change(self, rows: int) -> None:
        """The queue holds `rows` more rows than at the last call, or fewer if `rows` is negative."""

    def on_batch(self, rows: int, seconds: float) -> None:
        """The session has computed a batch of `rows` rows in `seconds` seconds."""

    def on_answered(self, requests: int, queue_seconds: float, inference_seconds: float) -> None:
        """So many requests got their results. The seconds are those of `InferenceResult`, summed over the requests."""

    def on_failed(self, requests: int) -> None:
        """The session raised for a batch that held rows of so many requests."""

    def on_rejected(self, reason: Rejection) -> None:
        """A request was not accepted into the queue."""

    def on_dropped(self, reason: Drop) -> None:
        """A request left the queue before all of its rows were computed."""
