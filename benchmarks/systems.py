"""The systems under test: Inkcode and its peers, each peer set up as its documentation says, in its own environment."""

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

START_TIMEOUT, STOP_TIMEOUT = 120.0, 30.0  # seconds


class MeasurementError(Exception):
    """A system cannot be measured; the message says why."""


@dataclass(frozen=True)
class SystemUnderTest:
    """A server or a command that is measured.

    `package` is its distribution on PyPI. `command` starts it, from the root of the checkout, with `{port}` and
    `{workers}` filled in; None for Inkcode itself. `python_http`: its HTTP server is written in Python.
    """

    name: str
    package: str
    command: str | None = None
    python_http: bool = True

    @property
    def python(self) -> str:
        """The Python interpreter of its environment."""
        return str(ENVIRONMENTS / self.name / "bin" / "python") if self.command else sys.executable

    def install(self) -> None:
        """Create its virtual environment in build/peers, unless one from the same requirements exists.

        Raises:
            MeasurementError: pip failed; the message has the last line that it printed.
        """
        if not self.command:
            return
        requirements = Path(__file__).parent / "peers" / self.name / "requirements.txt"
        installed = ENVIRONMENTS / self.name / "requirements.txt"
        content = requirements.read_text() + (ROOT / "constraints.txt").read_text()
        if installed.exists() and installed.read_text() == content:
            return
        pip = [self.python, "-m", "pip", "install", "-q", "-r", requirements]
        for step in ([sys.executable, "-m", "venv", installed.parent], pip):
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise MeasurementError(f"cannot be installed: {_last_line(done.stderr)}")
        installed.write_text(content)

    def versions(self, *others: str) -> str:
        """The installed versions of its package and of `others`, e.g. `mosec 0.9.8, onnxruntime 1.31.1`."""
        packages = [self.package, *others]
        program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
        command = [self.python, "-c", program, *packages]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return ", ".join(f"{package} {version}" for package, version in zip(packages, found, strict=True))

    @contextmanager
    def started(self, model: Path, workers: int, body: bytes, device: Device = "cpu") -> Iterator[tuple[Server, float]]:
        """The running server, and the seconds from its start to its first answer to `POST /generate` with `body`.

        `device` applies to Inkcode; the peers compute on the CPU.

        Raises:
            MeasurementError: the process ended, or gave no answer in time.
        """
        began = time.perf_counter()
        if self.command is None:
            settings = {"WORKERS": str(workers), "MODELS": str(model.parent), "DEVICE": device}
            with serving(**{f"INKCODE_{name}": value for name, value in settings.items()}) as server:
                _wait_until_ready(server, body, None)
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
                _wait_until_ready(server, body, process)
            except MeasurementError as error:
                raise MeasurementError(f"{error}: {_last_line(log.read_text())}") from None
            yield server, time.perf_counter() - began
        finally:
            _terminate(process, server)


def _wait_until_ready(server: Server, body: bytes, process: subprocess.Popen[bytes] | None) -> None:
    end = time.perf_counter() + START_TIMEOUT
    while time.perf_counter() < end:
        with suppress(OSError, http.client.HTTPException):
            if generate(server, body)[0] == http.client.OK:
                return
        if process and process.poll() is not None:
            raise MeasurementError(f"ends with code {process.returncode}")
        time.sleep(0.02)
    raise MeasurementError(f"does not answer within {START_TIMEOUT:g} s")


def _terminate(process: subprocess.Popen[bytes], server: Server) -> None:
    """Send SIGTERM to the process; then SIGKILL to whichever of its process tree is left after the timeout."""
    tree = server.processes()
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_TIMEOUT)
    for pid in tree:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def generate(server: Server, body: bytes) -> tuple[int, bytes]:
    """The status and the content of the answer to `POST /generate`."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    try:
        connection.request("POST", "/generate", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def pixels(server: Server, body: bytes) -> np.ndarray:
    """The pixels of the picture that `POST /generate` answers, uint8.

    Raises:
        MeasurementError: the answer is not a picture.
    """
    status, content = generate(server, body)
    try:
        return np.asarray(Image.open(io.BytesIO(content)))
    except OSError:
        raise MeasurementError(f"answers {status} without a picture") from None


def _last_line(text: str) -> str:
    """The last line that is not empty, without the paths of this machine."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].replace(str(ROOT), ".").replace(str(Path.home()), "~")[:300] if lines else "no output"


SYSTEMS = (
    SystemUnderTest("inkcode", "inkcode"),
    SystemUnderTest(
        "mosec", "mosec", "python -m benchmarks.peers.mosec.server --address 127.0.0.1 --port {port}", False
    ),
    SystemUnderTest("litserve", "litserve", "python -m benchmarks.peers.litserve.server"),
    SystemUnderTest(
        "fastapi",
        "fastapi",
        "uvicorn benchmarks.peers.fastapi.server:app --port {port} --workers {workers}"
        " --log-level warning --no-access-log",
    ),
    SystemUnderTest(
        "bentoml",
        "bentoml",
        "bentoml serve benchmarks.peers.bentoml.server:GeneratorService --host 127.0.0.1 --port {port}",
    ),
    SystemUnderTest("ray", "ray", "python -m benchmarks.peers.ray.server"),
)
