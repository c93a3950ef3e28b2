"""Looks for changed files every few seconds, and when told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

_log = logging.getLogger(__name__)


class Poller:
    """Calls each of `refresh` in a thread every `seconds` (0: never), and whenever `trigger` is called.

    It polls, because network volumes do not notify of changes.
    """

    def __init__(self, seconds: float, *refresh: Callable[[], None]) -> None:
        self._seconds, self._refresh = seconds, refresh
        self._triggered = asyncio.Event()

    def trigger(self) -> None:
        """Refresh now. To be called on the event loop that `run` runs on."""
        self._triggered.set()

    async def run(self) -> None:
        """Poll until cancelled. An exception is logged, once as long as it stays the same, and the state before it
        stays.
        """
        failures: dict[Callable[[], None], str] = {}
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._triggered.wait(), self._seconds or None)
            self._triggered.clear()
            for refresh in self._refresh:
                try:
                    await asyncio.to_thread(refresh)
                    failures.pop(refresh, None)
                except Exception as error:
                    if failures.get(refresh) != repr(error):
                        _log.exception("not refreshed; what was loaded before stays")
                    failures[refresh] = repr(error)
