"""Several processes that serve one port."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from socket import socket

import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors import Multiprocess

_START = 60.0  # seconds in which a worker must serve


class Workers(Multiprocess):
    """uvicorn's workers, each an app with sessions of its own. One that dies is replaced; SIGHUP reaches them all."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket], started: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._started = started

    def init_processes(self) -> None:
        """Start them; `started` is called once every one of them serves."""
        super().init_processes()
        if all(process.wait_until_ready(_START, self.should_exit) for process in self.processes):
            self._started()

    def keep_subprocess_alive(self) -> None:
        """Replace those that died, and take what they had waiting out of the metrics."""
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for pid in before - {process.pid for process in self.processes}:
            mark_process_dead(pid)

    def handle_hup(self) -> None:
        """Have every worker read its models again."""
        for process in self.processes:
            if process.pid:
                os.kill(process.pid, signal.SIGHUP)
