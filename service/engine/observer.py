"""What a batcher has to tell of its work."""

from __future__ import annotations

from typing import Literal


class Tally:
    """Hears of it and keeps nothing. One that keeps it counts for a single model."""

    def waiting(self, rows: int) -> None:
        """So many more rows wait, or fewer where negative."""

    def ran(self, rows: int, seconds: float) -> None:
        """A batch was computed."""

    def rejected(self, reason: Literal["full", "deadline"]) -> None:
        """A request was not let into the queue."""

    def dropped(self, reason: Literal["deadline", "abandoned"]) -> None:
        """A request left the queue before it was computed to its end."""
