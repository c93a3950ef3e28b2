"""`python -m service`, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def start(
    *arguments: str, cwd: Path = ROOT, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INKCODE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "service", *arguments],
        env=environment | {"PYTHONPATH": str(ROOT)} | dict(variables),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_serves_and_stops_when_told(models: Path, tmp_path: Path, sign: signal.Signals) -> None:
    process = start("serve", "--port", "0", cwd=tmp_path, variables={"INKCODE_MODELS": str(models)})
    assert process.stdout
    try:
        url = process.stdout.readline().removeprefix("Inkcode is at ").strip()
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(url + "readyz").status_code == 200
        assert httpx.post(url + "generate", json={"n": 4}).headers["content-type"] == "image/png"
    finally:
        process.send_signal(sign)
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "serving mnist-infogan@" in log
    assert "Traceback" not in log


def test_a_port_that_is_taken_is_said(models: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start("serve", "--port", port, variables={"INKCODE_MODELS": str(models)})
        output, log = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "address already in use" in log
    assert output == ""


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["serve", "--port", "http"], {}, "INKCODE_PORT is 'http': Input should be a valid integer"),
        (["serve"], {"INKCODE_DEVICE": "tpu"}, "INKCODE_DEVICE is 'tpu': Input should be 'auto', 'cpu' or 'cuda'"),
        (["serve"], {"INKCODE_QUEUE_ROWS": "5"}, "must be at least max_images, 1024: no such request could run"),
        (["serve", "--colour"], {}, "unrecognized arguments: --colour"),
        ([], {}, "the following arguments are required: command"),
    ],
)
def test_a_bad_setting_is_named_and_ends_it(arguments: list[str], variables: dict[str, str], message: str) -> None:
    process = start(*arguments, variables=variables)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 2
    assert message in log
    assert "Traceback" not in log
