"""The service as a process of its own, to be measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """A running server: its process id and its address."""

    pid: int
    host: str
    port: int

    def processes(self) -> list[int]:
        """The ids of the server's process and of all its descendants."""
        found = [self.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):  # ended in the meantime
                    found += map(int, task.read_text().split())
        return found

    def memory(self) -> float:
        """Resident memory of all its processes in MB."""
        statuses = [status for status in self._read("status") if "VmRSS:" in status]  # a zombie has none
        return sum(int(status.split("VmRSS:")[1].split()[0]) for status in statuses) / 1024

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self.pid, number)

    def cpu(self) -> float:
        """CPU time of all its processes in seconds, user and system."""
        stats = [stat.rpartition(")")[2].split() for stat in self._read("stat")]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")

    def _read(self, name: str) -> Iterator[str]:
        for pid in self.processes():
            with suppress(OSError):
                yield Path(f"/proc/{pid}/{name}").read_text()


@contextmanager
def serving(**variables: str) -> Iterator[Server]:
    """Start the service with the bundled models on a free loopback port, and stop it afterwards.

    Of the `INKCODE_*` environment variables it gets only those in `variables`. It writes no access log, as its peers do
    not either.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKCODE_")}
    command = [sys.executable, "-m", "service", "serve", "--port", "0"]
    environment |= {"INKCODE_ACCESS_LOG": "false"} | variables
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        host, _, port = process.stdout.readline().strip().rstrip("/").rpartition("//")[2].rpartition(":")
        yield Server(process.pid, host, int(port))
    finally:
        process.terminate()
        process.communicate()
