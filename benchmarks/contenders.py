"""Inkcode and its peers, each started as its own documentation says, each peer in an environment of its own."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.serving import Server, serving
from service.engine.session import Device

ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / "build" / "peers"

START, STOP = 120.0, 30.0  # seconds a peer may take to answer first, and to end


class FailedError(Exception):
    """A contender cannot take part; the message says why."""


@dataclass(frozen=True)
class Contender:
    """`command` starts it, from the root of the checkout; `{port}` stands for its port. None is Inkcode itself."""

    name: str
    package: str
    command: str | None = None
    python_http: bool = True

    @property
    def python(self) -> str:
        """The interpreter it runs on."""
        return str(ENVIRONMENTS / self.name / "bin" / "python") if self.command else sys.executable

    def install(self) -> None:
        """Make its environment, unless what it is made of has not changed since.

        Raises:
            FailedError: it cannot be installed.
        """
        if not self.command:
            return
        wanted = Path(__file__).parent / "peers" / self.name / "requirements.txt"
        made = ENVIRONMENTS / self.name / "requirements.txt"
        content = wanted.read_text() + (ROOT / "constraints.txt").read_text()
        if made.exists() and made.read_text() == content:
            return
        steps = [sys.executable, "-m", "venv", made.parent], [self.python, "-m", "pip", "install", "-q", "-r", wanted]
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise FailedError(f"cannot be installed: {_last(done.stderr)}")
        made.write_text(content)

    def versions(self, *beside: str) -> str:
        """What it stands on, as installed: its package and those `beside` it."""
        packages = [self.package, *beside]
        asked = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        command = [self.python, "-c", asked, *packages]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return ", ".join(f"{package} {version}" for package, version in zip(packages, found, strict=True))

    @contextmanager
    def started(
        self, model: Path, workers: int, asked: bytes, device: Device = "cpu"
    ) -> Iterator[tuple[Server, float]]:
        """The running server, and the seconds from its start until it answered the request body `asked` first.

        `device` is Inkcode's; peers compute on the CPU.

        Raises:
            FailedError: it ends, or does not answer in time.
        """
        began = time.perf_counter()
        if self.command is None:
            settings = {"WORKERS": str(workers), "MODELS": str(model.parent), "DEVICE": device}
            with serving(**{f"INKCODE_{name}": value for name, value in settings.items()}) as server:
                _await(server, asked, None)
                yield server, time.perf_counter() - began
            return
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = os.environ | {
            "MODEL": str(model.resolve()),
            "PATH": f"{Path(self.python).parent}:{os.environ['PATH']}",
            "PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "WORKERS": str(workers),
        }
        log = ENVIRONMENTS / self.name / "log"
        with log.open("w") as output:
            command = self.command.format(port=port, workers=workers).split()
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        server = Server(process.pid, "127.0.0.1", port)
        try:
            try:
                _await(server, asked, process)
            except FailedError as error:
                raise FailedError(f"{error}: {_last(log.read_text())}") from None
            yield server, time.perf_counter() - began
        finally:
            _end(process, server)


def _await(server: Server, asked: bytes, process: subprocess.Popen[bytes] | None) -> None:
    end = time.perf_counter() + START
    while time.perf_counter() < end:
        with suppress(OSError, http.client.HTTPException):
            if draw(server, asked)[0] == http.client.OK:
                return
        if process and process.poll() is not None:
            raise FailedError(f"ends with code {process.returncode}")
        time.sleep(0.02)
    raise FailedError(f"does not answer within {START:g} s")


def _end(process: subprocess.Popen[bytes], server: Server) -> None:
    """Tell it to end; what is left of its processes after a while is made to."""
    family = server.processes()
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP)
    for pid in family:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def draw(server: Server, body: bytes) -> tuple[int, bytes]:
    """One request's status and answer."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.request("POST", "/generate", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def pixels(server: Server, body: bytes) -> np.ndarray:
    """The picture it answers.

    Raises:
        FailedError: it answers something else.
    """
    status, content = draw(server, body)
    try:
        return np.asarray(Image.open(io.BytesIO(content)))
    except OSError:
        raise FailedError(f"answers {status}, and no picture") from None


def _last(text: str) -> str:
    """The last line that says something, without this machine's folders."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].replace(str(ROOT), ".").replace(str(Path.home()), "~")[:300] if lines else "it says nothing"


CONTENDERS = (
    Contender("inkcode", "inkcode"),
    Contender("mosec", "mosec", "python -m benchmarks.peers.mosec.server --address 127.0.0.1 --port {port}", False),
    Contender("litserve", "litserve", "python -m benchmarks.peers.litserve.server"),
    Contender(
        "fastapi",
        "fastapi",
        "uvicorn benchmarks.peers.fastapi.server:app --port {port} --workers {workers}"
        " --log-level warning --no-access-log",
    ),
    Contender(
        "bentoml", "bentoml", "bentoml serve benchmarks.peers.bentoml.server:Draw --host 127.0.0.1 --port {port}"
    ),
    Contender("ray", "ray", "python -m benchmarks.peers.ray.server"),
)
