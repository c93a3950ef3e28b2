"""Several worker processes that serve one port."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from socket import socket

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

_START_TIMEOUT = 60.0  # seconds in which all workers must serve
_PING_TIMEOUT = 0.2  # seconds in which a worker must say whether it serves yet; signals are handled in between


class Supervisor(Multiprocess):
    """uvicorn's supervisor: each worker is an app with sessions of its own, and one that dies is replaced."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], on_ready: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._on_ready = on_ready

    def init_processes(self) -> None:
        """Start the workers; `on_ready` is called once all of them serve."""
        super().init_processes()
        deadline = time.monotonic() + _START_TIMEOUT
        starting = list(self.processes)
        while starting and time.monotonic() < deadline:
            self.handle_signals()
            if self.should_exit.is_set():
                for process in starting:
                    process.kill()  # it serves nobody yet; SIGTERM would have it finish loading first
                return
            if not all(process.process.is_alive() for process in starting):
                return  # `keep_subprocess_alive` replaces it, or gives up
            starting = [process for process in starting if not process.is_ready(_PING_TIMEOUT)]
        if not starting:
            self._on_ready()

    def keep_subprocess_alive(self) -> None:
        """Replace workers that died, and remove their gauges from the metrics."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid)

    def handle_hup(self) -> None:
        """Have every worker look for changed files."""
        for process in self.processes:
            if process.pid:
                os.kill(process.pid, signal.SIGHUP)
