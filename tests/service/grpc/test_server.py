"""The gRPC server as a part of the process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.grpc import InferenceServerClient
from tritonclient.utils import InferenceServerException

from service.settings import Settings

MODEL = "mnist-infogan"


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_answers_the_calls_that_were_accepted(
    models: Path, start: Callable[..., Any], latents: NDArray[np.float32], tensor: Any, workers: int
) -> None:
    port = _port()
    variables = {"INKCODE_GRPC_PORT": port, "INKCODE_BATCH_ROWS": 1, "INKCODE_WORKERS": workers}
    process = start("serve", "--port", "0", INKCODE_MODELS=models, **variables)
    process.address()
    outcomes: list[str] = []
    many = [tensor(np.tile(latents, (200, 1)))]

    def ask() -> None:
        with InferenceServerClient(f"127.0.0.1:{port}") as triton:
            while not outcomes or outcomes[-1] == "answered":
                try:
                    shape = triton.infer(MODEL, many).as_numpy("images").shape
                    outcomes.append("answered" if shape[0] == 1000 else str(shape))
                except InferenceServerException as error:
                    outcomes.append(error.status())

    asking = threading.Thread(target=ask)
    asking.start()
    while len(outcomes) < 3 and asking.is_alive():
        time.sleep(0.01)
    code, log = process.end(signal.SIGTERM)
    asking.join()
    assert code == 0
    assert "Traceback" not in log
    assert set(outcomes) == {"answered", "StatusCode.UNAVAILABLE"}


def test_a_port_that_is_taken_ends_the_start(models: Path, start: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        process = start("serve", "--port", "0", INKCODE_MODELS=models, INKCODE_GRPC_PORT=port)
        _, log = process.popen.communicate(timeout=60)
    assert process.popen.returncode != 0
    assert f"127.0.0.1:{port}" in log


def test_grpc_is_not_imported_unless_it_is_asked_for(models: Path) -> None:
    program = """
import sys
from pathlib import Path
from service.app import create_app
from service.settings import Settings
create_app(Settings(models=Path(sys.argv[1])))
print(*sys.modules)
"""
    command = [sys.executable, "-c", program, str(models)]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "service.http.routes.open_inference" in modules
    assert not {"grpc", "google.protobuf", "service.grpc"} & set(modules)


def test_the_port_without_the_extra_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(ValueError, match=r"inkcode\[grpc\]"):
        Settings(grpc_port=9000)
