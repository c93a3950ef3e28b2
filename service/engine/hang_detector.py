"""Notices inferences that do not come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class HangDetector:
    """Knows which inferences are running, and since when. Its methods may be called from any thread.

    `clock` returns seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._running: dict[object, tuple[float, str]] = {}  # reads and writes of one key are atomic

    @contextmanager
    def track(self, name: str) -> Iterator[None]:
        """One inference of the session `name` runs inside the context."""
        key = object()
        self._running[key] = (self._clock(), name)
        try:
            yield
        finally:
            del self._running[key]

    def longest(self) -> tuple[float, str]:
        """Seconds that the longest running inference has taken so far, and its session's name; 0 where none runs."""
        if not self._running:
            return 0.0, ""
        began, name = min(list(self._running.values()), default=(self._clock(), ""))
        return self._clock() - began, name

    def reason(self, limit: float) -> str | None:
        """Where an inference has taken more than `limit` seconds: what to say of it."""
        seconds, name = self.longest()
        return f"{name}: an inference has not come back for {seconds:.0f} s" if seconds > limit else None
