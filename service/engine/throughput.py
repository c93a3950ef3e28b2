"""How fast a session is, by what it did last."""

from __future__ import annotations

_KEPT = 0.9  # of what was known, at each batch: the last ten or so decide


class Rate:
    """Seconds a row takes: batches' seconds over batches' rows, older ones weighing exponentially less."""

    def __init__(self) -> None:
        self._rows = self._seconds = 0.0
        self.row: float | None = None
        """Seconds a row takes; None before the first batch."""

    def add(self, rows: int, seconds: float) -> None:
        """A batch has run."""
        self._rows = _KEPT * self._rows + rows
        self._seconds = _KEPT * self._seconds + seconds
        self.row = self._seconds / self._rows

    def seconds(self, rows: int) -> float:
        """What so many rows will take; nothing, for all that is known before the first batch."""
        return rows * (self.row or 0.0)
