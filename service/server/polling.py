"""Looking again, every so often and when told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

_log = logging.getLogger(__name__)


class Watch:
    """Does each of `looks` in a thread every so many seconds (0: never), and whenever told to.

    It polls, because a volume from elsewhere tells nobody that it changed.
    """

    def __init__(self, seconds: float, *looks: Callable[[], None]) -> None:
        self._seconds, self._looks = seconds, looks
        self._told = asyncio.Event()

    def now(self) -> None:
        """Look now. To be called on the loop that `run` runs on."""
        self._told.set()

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._seconds or None)
            self._told.clear()
            for look in self._looks:
                try:
                    await asyncio.to_thread(look)
                except Exception:
                    _log.exception("what was there before stays")
