"""How fast a session is, measured on its last batches."""

from __future__ import annotations

_DECAY = 0.9  # weight of the past at each batch: about the last ten batches decide


class Throughput:
    """Seconds per row, as an exponentially weighted mean over batches: their seconds divided by their rows."""

    def __init__(self) -> None:
        self._rows = self._seconds = 0.0
        self.seconds_per_row: float | None = None
        """None before the first batch."""

    def record(self, rows: int, seconds: float) -> None:
        """Add a batch that has run."""
        self._rows = _DECAY * self._rows + rows
        self._seconds = _DECAY * self._seconds + seconds
        self.seconds_per_row = self._seconds / self._rows

    def estimate(self, rows: int) -> float:
        """Seconds that `rows` rows will take; 0 before the first batch, when nothing is known."""
        return rows * (self.seconds_per_row or 0.0)
