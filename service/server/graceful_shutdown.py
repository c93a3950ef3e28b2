"""The signals of the process: SIGTERM drains and stops it, SIGHUP has it look for changed files."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from service.engine.repository.models import ModelRepository
from service.server.polling import Poller

_log = logging.getLogger(__name__)

_NOTICE = 0.5  # seconds between refusing new work and closing: balancers and kept connections see the refusals


@contextmanager
def signals_handled(repository: ModelRepository, poller: Poller, seconds: float) -> Iterator[None]:
    """Handle signals on the running loop. SIGTERM refuses new work at once, and reaches uvicorn half a second later.

    The process ends `seconds` after SIGTERM even where a thread is still at work: Python itself would wait for it.
    """
    if threading.current_thread() is not threading.main_thread():  # signals arrive in the main thread alone
        yield
        return
    loop = asyncio.get_running_loop()
    stop_server = signal.getsignal(signal.SIGTERM)

    def drain() -> None:
        repository.drain()
        overdue = threading.Timer(seconds, _exit, [seconds])
        overdue.daemon = True
        overdue.start()
        if callable(stop_server):
            loop.call_later(_NOTICE, stop_server, signal.SIGTERM, None)

    def on_sigterm(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(drain)

    def on_sighup(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(poller.trigger)

    handlers = {signal.SIGTERM: on_sigterm, signal.SIGHUP: on_sighup}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(seconds: float) -> None:
    _log.warning("work was still running %g s after SIGTERM; it is given up", seconds)
    os._exit(0)
