"""What the process is told from outside, under load."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_answers_what_it_took_refuses_the_rest_and_ends(
    models: Path, start: Callable[..., Any], load: Callable[..., Any], workers: int
) -> None:
    variables = {"INKCODE_MODELS": models, "INKCODE_BATCH_ROWS": 1, "INKCODE_WORKERS": workers}
    process = start("serve", "--port", "0", **variables)
    address = process.address()
    with load(address, 6, b'{"n": 300}') as asking:
        while sum(asking.outcomes.values()) < 10:
            time.sleep(0.01)
        code, log = process.end(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in log
    # Every request got its answer: pictures, or that no more are made. None was cut off, none hung up on.
    assert set(asking.outcomes) == {200, 503}
    assert asking.outcomes[503] == 6


@pytest.mark.parametrize("workers", [1, 2])
def test_it_ends_in_time_though_a_thread_hangs(
    models: Path, start: Callable[..., Any], tmp_path: Path, workers: int
) -> None:
    # A module that Python imports at its start: every encoding takes a minute.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading, time\n"
        "def patch():\n"
        "    while 'service.http.rendering' not in sys.modules or not hasattr(sys.modules['service.http.rendering'],"
        " 'respond_cached'):\n"
        "        time.sleep(0.01)\n"
        "    sys.modules['service.http.rendering'].png = lambda picture: time.sleep(60)\n"
        "threading.Thread(target=patch, daemon=True).start()\n"
    )
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"
    variables = {"INKCODE_MODELS": models, "INKCODE_DRAIN": 3, "INKCODE_WORKERS": workers, "PYTHONPATH": path}
    process = start("serve", "--port", "0", **variables)
    url = f"http://{process.address()}/generate"
    time.sleep(0.5)
    with ThreadPoolExecutor(4) as threads:
        hanging = [threads.submit(httpx.post, url, json={"n": 500}, timeout=30) for _ in range(4)]
        time.sleep(1)
        began = time.monotonic()
        code, log = process.end(signal.SIGTERM)
        assert time.monotonic() - began < 10
        assert [answer.result().status_code for answer in hanging] == [503] * 4
    assert code == 0
    assert "Traceback" not in log
    # A worker ends by the signal itself once uvicorn has stopped; only one that could not stop is ended by this.
    assert ("work was still running 3 s after SIGTERM" in log) == (workers == 1)


def test_sigterm_while_workers_start_ends_it_at_once(models: Path, start: Callable[..., Any], tmp_path: Path) -> None:
    # Workers load for a minute.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\nif 'spawn_main' in ' '.join(sys.orig_argv):\n    time.sleep(60)\n"
    )
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"
    process = start("serve", "--port", "0", "--workers", "3", INKCODE_MODELS=models, PYTHONPATH=path)
    time.sleep(4)
    assert process.popen.poll() is None
    began = time.monotonic()
    code, log = process.end(signal.SIGTERM)
    assert time.monotonic() - began < 5
    assert code == 0
    assert "Traceback" not in log


def test_workers_count_as_one_and_all_hear_sighup(
    models: Path, make_generator: Callable[..., Path], start: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    make_generator(folder / "first.onnx")
    process = start("serve", "--port", "0", "--workers", "2", INKCODE_MODELS=folder, INKCODE_WATCH=0)
    url = f"http://{process.address()}"

    def counts(text: str, start: str) -> list[float]:
        return [float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start)]

    for n in range(20):
        assert httpx.post(f"{url}/generate", json={"n": 3}).status_code == 200, n
    text = httpx.get(f"{url}/metrics").text
    assert counts(text, 'inkcode_requests_total{path="fast",route="/generate",status="200"}') == [20]
    assert counts(text, 'inkcode_images_total{model="first"}') == [60]
    assert counts(text, 'inkcode_queue_rows{model="first"}') == [0]
    assert counts(text, "inkcode_ready ") == [1]
    make_generator(folder / "second.onnx")
    os.kill(process.popen.pid, signal.SIGHUP)
    for _ in range(200):
        if counts(httpx.get(f"{url}/metrics").text, 'inkcode_reloads_total{outcome="loaded"}') == [2]:
            break
        time.sleep(0.05)
    else:
        pytest.fail("a worker did not hear SIGHUP")
    for _ in range(10):
        assert httpx.post(f"{url}/generate", json={"model": "second"}).status_code == 200
    code, log = process.end(signal.SIGTERM)
    assert code == 0
    assert log.count("serving second@") == 2


def test_reloads_under_load_fail_no_request(
    make_generator: Callable[..., Path], serve: Callable[..., Any], load: Callable[..., Any], tmp_path: Path
) -> None:
    path, new = tmp_path / "first.onnx", tmp_path / "new"
    make_generator(path)
    with serve(Settings(models=tmp_path, watch=0.01)) as client:
        address = client.base_url.netloc.decode()
        with load(address) as asking:
            for i in range(12):
                broken = i % 4 == 3
                if broken:
                    new.write_bytes(b"half a file")
                else:
                    make_generator(new, card={"name": "first", "system": f"made {i}"})
                new.replace(path)
                deadline = time.monotonic() + 20
                # Each one's own sign: a refusal before it still stands until it is loaded.
                while f"made {i}" not in client.get("/models").text:
                    if broken and client.get("/readyz").json()["refused"]:
                        break
                    assert time.monotonic() < deadline
        assert set(asking.outcomes) == {200}
        metrics = client.get("/metrics").text
    assert 'inkcode_reloads_total{outcome="loaded"} 9.0' in metrics
    assert 'inkcode_reloads_total{outcome="refused"} 3.0' in metrics
