"""What the body of one request holds of the memory that the bodies of all requests may take."""

from __future__ import annotations

from types import TracebackType

from service.engine.limiter import Budget
from service.http.problems import TooManyRequests


class BodyMemory:
    """Grows with a body that is read, and is given back when the context ends."""

    def __init__(self, bodies: Budget) -> None:
        self._bodies, self._held = bodies, 0

    def grow_to(self, size: int) -> None:
        """Hold `size` bytes, if it holds fewer.

        Raises:
            TooManyRequests: the bodies that are held by others leave no room for them.
        """
        if size > self._held:
            if not self._bodies.reserve(size - self._held, size):
                raise TooManyRequests(1.0, "the bodies that are being read take all the memory that they may")
            self._held = size

    def __enter__(self) -> BodyMemory:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bodies.release(self._held)
        self._held = 0
