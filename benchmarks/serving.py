"""A real server for a benchmark to measure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running service: its process id and its address."""

    pid: int
    host: str
    port: int

    def memory(self) -> float:
        """Resident memory in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def serving() -> Iterator[Server]:
    """Start the service with the bundled models on a free loopback port, and stop it afterwards."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKCODE_")}
    command = [sys.executable, "-m", "service", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().strip().rstrip("/").rpartition("//")[2].rpartition(":")
        yield Server(process.pid, host, int(port))
    finally:
        process.terminate()
        process.communicate()
