"""`python -m service`, as a process of its own."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.http.auth import KeyStore

Start = Callable[..., Any]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_stops_when_told(models: Path, start: Start, sign: signal.Signals) -> None:
    process = start("serve", "--port", "0", INKCODE_MODELS=models)
    url = f"http://{process.address()}"
    assert url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{url}/readyz").status_code == 200
    assert httpx.post(f"{url}/generate", json={"n": 4}).headers["content-type"] == "image/png"
    code, log = process.end(sign)
    assert code == 0
    assert "serving mnist-infogan@" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("workers", [1, 2])
def test_a_port_that_is_taken_is_said(models: Path, start: Start, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start("serve", "--port", port, "--workers", str(workers), INKCODE_MODELS=models).popen
        output, log = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "address already in use" in log.lower()
    assert output == ""


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["serve", "--port", "http"], {}, "INKCODE_PORT is 'http': Input should be a valid integer"),
        (["serve"], {"INKCODE_DEVICE": "tpu"}, "INKCODE_DEVICE is 'tpu': Input should be 'auto', 'cpu' or 'cuda'"),
        (["serve"], {"INKCODE_KEYS_FILE": "gone"}, "INKCODE_KEYS_FILE is 'gone': Value error, cannot be read"),
        (["serve"], {"INKCODE_KEYS_FILE": __file__}, "line 1 of test_main.py must begin with a SHA-256"),
        (["serve", "--workers", "2"], {"INKCODE_KEYS_FILE": __file__}, f"INKCODE_KEYS_FILE is {__file__!r}: line 1 of"),
        (["serve", "--colour"], {}, "unrecognized arguments: --colour"),
        ([], {}, "the following arguments are required: command"),
    ],
)
def test_a_bad_setting_is_named_and_ends_it(
    start: Start, arguments: list[str], variables: dict[str, str], message: str
) -> None:
    process = start(*arguments, **variables).popen
    _, log = process.communicate(timeout=60)
    assert process.returncode == 2
    assert message in log
    assert "Traceback" not in log


def test_a_new_key_is_shown_with_the_line_that_admits_it(start: Start, tmp_path: Path) -> None:
    output, _ = start("key").popen.communicate(timeout=60)
    key, line = (said.partition(": ")[2].strip() for said in output.splitlines())
    (tmp_path / "keys").write_text(line)
    assert KeyStore(tmp_path / "keys").find(key.encode()) is not None
