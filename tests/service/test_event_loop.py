"""Nothing takes more than 5 ms on the event loop, on any route at its limits.

asyncio's debug mode measures wall-clock time, in which other threads and processes count. Here each callback is
measured in the CPU time of the loop's own thread.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn

from service.__main__ import UVICORN
from service.app import create_app
from service.imaging.png import png
from service.server.choose_protocol import choose_protocol
from service.settings import Settings

LIMIT = 0.005  # seconds, where this machine is as fast as the one below
REFERENCE = 0.012  # seconds of `_speed` on a core of 2020
JSON = {"Content-Type": "application/json"}


def _speed() -> float:
    """Seconds of a fixed computation in Python, the best of several."""

    def once() -> float:
        began = time.thread_time()
        sum(i * i for i in range(200_000))
        return time.thread_time() - began

    return min(once() for _ in range(5))


@pytest.fixture(scope="module")
def slow(request: pytest.FixtureRequest) -> Iterator[list[tuple[float, str]]]:
    """The callbacks of the service's loop that took too long: CPU seconds, and what they were."""
    limit = LIMIT * max(1.0, _speed() / REFERENCE)
    found: list[tuple[float, str]] = []
    run = asyncio.Handle._run

    def timed(self: asyncio.Handle) -> Any:
        began = time.thread_time()
        run(self)
        seconds = time.thread_time() - began
        if seconds > limit and threading.current_thread().name == "service":
            found.append((seconds, repr(self)))

    gc.disable()  # how long a full collection takes depends on what the tests have loaded beside the service
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncio.Handle, "_run", timed)
        yield found
    gc.enable()


@pytest.fixture(scope="module")
def client(models: Path, slow: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service on asyncio's own loop."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(Settings(models=models))
    server = uvicorn.Server(uvicorn.Config(app, http=choose_protocol(), loop="asyncio", **UVICORN))
    thread = threading.Thread(target=server.run, args=([listening],), name="service")
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def picture(size: int) -> bytes:
    return png(np.random.default_rng(0).integers(256, size=(size, size), dtype=np.uint8))


def _requests() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    full = (np.eye(74, dtype=np.float32)[np.arange(1024) % 74]).tolist()
    bodies = {
        "64 images": {"n": 64},
        "1,024 images": {"n": 1024, "scale": 6},
        "1,024 images in JSON": {"n": 1024, "format": "json"},
        "1,024 images in a zip": {"n": 1024, "format": "zip"},
        "1,024 images as an array": {"n": 1024, "format": "npy"},
        "1,024 vectors": {"codes": full},
        "64 vectors": {"codes": full[:64]},
        "1,024 labels": {"label": 1024 * ["7"]},
        "64 bad vectors": {"codes": 64 * [[1e300]]},
        "64 bad names": {"codes": 64 * [{"c9": 1}]},
    }
    for name, body in bodies.items():
        yield name, "POST", "/generate", {"json": body}
    for name, content in {
        "4 MiB of spaces": b" " * 2**22,
        "4 MiB of brackets": b"[" * 2**22,
        "4 MiB of numbers": b'{"codes": [[' + b"0," * (2**21 - 10) + b"0]]}",
        "130 KB of brackets": b"[" * 130_000,
        "130 KB of numbers": b'{"codes": [[' + b"0," * 64_000 + b"0]]}",
        "130 KB of labels": b'{"label": [' + b'"7",' * 32_000 + b'"7"]}',
    }.items():
        for path in ("/generate", "/lines", "/encode"):
            yield f"{name}, {path}", "POST", path, {"content": content, "headers": JSON}
    for query in ("dim=c2&steps=102&scale=5", "dim=z.17&steps=1024&rows=1", "dim=c2&steps=102&format=gif"):
        yield query, "GET", f"/traverse?{query}", {}
    yield "a long walk", "GET", "/interpolate?from=1&to=2&steps=1024", {}
    texts = 8 * [128 * "7"]
    yield "1,024 characters", "POST", "/lines", {"json": {"texts": texts, "height": 48}}
    yield "a long line", "GET", f"/lines?text={120 * '7'}&height=64", {}
    yield "a large picture", "POST", "/encode", {"content": picture(1800), "headers": {"Content-Type": "image/png"}}
    many = {"images": 1024 * [base64.b64encode(picture(28)).decode()]}
    yield "many pictures", "POST", "/encode", {"json": many}
    for path in ("/", "/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/models", "/datasets", "/v2"):
        yield path, "GET", path, {}
    yield "no path", "GET", f"/nothing/{20_000 * 'a'}", {}
    yield "a bad parameter", "GET", f"/traverse?dim={20_000 * 'a'}", {}
    for number in (256, 6000):
        yield f"{number} parameters", "GET", "/traverse?" + "&".join(f"a{i}=1" for i in range(number)), {}
    yield "a long header", "GET", "/livez", {"headers": {"Accept": 5_000 * "a/b,", "Inkcode-Deadline": 40_000 * "1"}}


REQUESTS = {name: request for name, *request in _requests()}


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_takes_long_on_the_loop(client: httpx.Client, slow: list[tuple[float, str]], name: str) -> None:
    method, url, options = REQUESTS[name]
    for _ in range(2):  # what is done once a process is not meant
        client.request(method, url, **options)
        client.get("/livez")
    slow.clear()
    response = client.request(method, url, **options)
    assert response.status_code < 500
    client.get("/livez")
    assert slow == [], (response.status_code, json.dumps(slow))
