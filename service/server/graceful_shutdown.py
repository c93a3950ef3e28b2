"""What the process is told from outside: SIGHUP to look at its files again, SIGTERM to end."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from service.engine.repository.models import ModelRepository
from service.server.polling import Watch

_NOTICE = 0.5  # seconds in which balancers and kept connections hear that no new work is taken


@contextmanager
def obeyed(repository: ModelRepository, watch: Watch) -> Iterator[None]:
    """Obey signals on the running loop. SIGTERM refuses new work at once, and reaches the server after a notice."""
    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield
        return
    loop = asyncio.get_running_loop()
    server = signal.getsignal(signal.SIGTERM)

    def drain() -> None:
        repository.drain()
        if callable(server):
            loop.call_later(_NOTICE, server, signal.SIGTERM, None)

    def terminate(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(drain)

    def hang_up(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(watch.now)

    obeying = {signal.SIGTERM: terminate, signal.SIGHUP: hang_up}
    before = {number: signal.signal(number, handler) for number, handler in obeying.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
