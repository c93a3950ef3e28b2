"""The service as a process of its own."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings
from tests.framed_models import framed_encoder, framed_generator

ROOT = Path(__file__).parents[2]


class Process:
    """A running `python -m service serve`."""

    def __init__(self, cwd: Path, variables: dict[str, str], *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INKCODE_")}
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "service", *arguments],
            env=environment | {"PYTHONPATH": str(ROOT), "INKCODE_ACCESS_LOG": "false"} | variables,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def address(self) -> str:
        """`host:port`, as soon as it says so."""
        assert self.popen.stdout
        said = self.popen.stdout.readline()
        assert said.startswith("Inkcode is at http://"), said
        return said.removeprefix("Inkcode is at http://").strip().rstrip("/")

    def end(self, number: int) -> tuple[int, str]:
        """Its exit code and its log, after this signal."""
        self.popen.send_signal(number)
        _, log = self.popen.communicate(timeout=60)
        return self.popen.returncode, log


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts `python -m service` with these arguments and variables; kills it after the test where it still runs."""
    started: list[Process] = []

    def start(*arguments: str, **variables: Any) -> Process:
        process = Process(tmp_path, {name: str(value) for name, value in variables.items()}, *arguments)
        started.append(process)
        return process

    yield start
    for process in started:
        process.popen.kill()
        process.popen.communicate()


class Load:
    """Clients that ask on kept connections until told to stop, or until something other than 200 comes back."""

    def __init__(self, address: str, clients: int, body: bytes) -> None:
        self.outcomes: Counter[int | str] = Counter()
        self._address, self._body, self._stop = address, body, threading.Event()
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        outcome: int | str = http.client.OK
        while outcome == http.client.OK and not self._stop.is_set():
            try:
                connection.request("POST", "/generate", self._body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                outcome = response.status
            except (OSError, http.client.HTTPException) as error:
                outcome = repr(error)
            self.outcomes[outcome] += 1
        connection.close()

    def stop(self) -> None:
        self._stop.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="session")
def load() -> Callable[..., Any]:
    """Puts a service under load: a context that gives the `Load`."""

    @contextmanager
    def load(address: str, clients: int = 4, body: bytes = b'{"n": 64}') -> Iterator[Load]:
        asking = Load(address, clients, body)
        try:
            yield asking
        finally:
            asking.stop()

    return load


@pytest.fixture(scope="session")
def letters(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., Any]) -> Iterator[httpx.Client]:
    """A client of a service of `letters`, a model with a line frame, a style and an encoder; see `framed_models`."""
    folder = tmp_path_factory.mktemp("letters")
    framed_encoder(folder / "letters.encoder.onnx", framed_generator(folder / "letters.onnx"))
    with serve(Settings(models=folder)) as client:
        yield client
