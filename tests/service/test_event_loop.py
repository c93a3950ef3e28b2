"""Nothing takes more than 5 ms on the event loop, on any route at its limits.

asyncio's debug mode measures wall-clock time, in which other threads and processes count. Here each callback is
measured in the CPU time of the loop's own thread.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import gzip
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
from numpy.typing import NDArray

from service.__main__ import UVICORN
from service.app import create_app
from service.datasets.formats.registry import endings
from service.imaging.png import png
from service.server.choose_protocol import choose_protocol
from service.settings import Settings

LIMIT = 0.005  # seconds, where this machine is as fast as the one below
REFERENCE = 0.012  # seconds of `_speed` on a core of 2020
JSON = {"Content-Type": "application/json"}
DATASET = "/datasets/mnist-infogan"


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


def _accepted() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Requests at the limits: name, method, URL and `httpx`'s options. `SEED` is another number each time."""
    full = np.zeros((1024, 74), np.float32)
    full[np.arange(1024), 62 + np.arange(1024) % 10] = 1  # c1
    vectors = full.tolist()
    bodies = {
        "64 images": {"n": 64},
        "1,024 images": {"n": 1024, "scale": 6},
        "1,024 images in JSON": {"n": 1024, "format": "json"},
        "1,024 images in a zip": {"n": 1024, "format": "zip"},
        "1,024 images as an array": {"n": 1024, "format": "npy"},
        "1,024 vectors": {"codes": vectors},
        "64 vectors": {"codes": vectors[:64]},
        "1,024 labels": {"label": 1024 * ["7"]},
    }
    for name, body in bodies.items():
        yield name, "POST", "/generate", {"json": body}
    for query in ("dim=c2&steps=102&scale=5", "dim=z.17&steps=1024&rows=1", "dim=c2&steps=102&format=gif"):
        yield query, "GET", f"/traverse?{query}", {}
    yield "a long walk", "GET", "/interpolate?from=1&to=2&steps=1024", {}
    yield "1,024 characters", "POST", "/lines", {"json": {"texts": 16 * [64 * "7"], "height": 48}}
    yield "1,024 texts", "POST", "/lines", {"json": {"texts": 1024 * ["7"]}}
    yield "1,024 texts in JSON", "POST", "/lines", {"json": {"texts": 1024 * ["7"], "format": "json", "masks": True}}
    yield "a long line", "GET", f"/lines?text={64 * '7'}&height=64", {}
    for name in ("index", "wids"):
        yield f"100,000 shards, {name}", "GET", f"{DATASET}/{name}.json?n=100000&size=1&seed=SEED", {}
    yield "100,000 shards of texts", "GET", f"{DATASET}/index.json?n=100000&size=1&seed=SEED&pattern=%5Cd%7B8%7D", {}
    for ending in endings(is_pages=False):
        yield f"10,000 samples in {ending}", "GET", f"{DATASET}/shard-000000.{ending}?n=10000&size=10000&seed=SEED", {}
    pages = "kind=pages&n=4&size=4&seed=SEED&pattern=%5Cd&page_width=1600&texts_per_page=2"
    for ending in endings(is_pages=True):
        yield f"pages in {ending}", "GET", f"{DATASET}/shard-000000.{ending}?{pages}", {}
    corpus = "".join(f"{i}\n" for i in range(500_000)).encode()
    yield "a corpus", "POST", "/corpora", {"content": corpus}
    yield "an index of models", "POST", "/v2/repository/index", {"json": {"unused": 1_000_000 * [0]}}
    yield "a large picture", "POST", "/encode", {"content": picture(1800), "headers": {"Content-Type": "image/png"}}
    many = {"images": 1024 * [base64.b64encode(picture(28)).decode()]}
    yield "many pictures", "POST", "/encode", {"json": many}
    for name, options in _inferences(full):
        yield f"1,024 rows by /v2, {name}", "POST", "/v2/models/mnist-infogan/infer", options
    for path in ("/", "/livez", "/readyz", "/metrics", "/docs", "/openapi.json", "/models", "/datasets", "/v2"):
        yield path, "GET", path, {}
    yield "a long Accept", "GET", "/livez", {"headers": {"Accept": 5_000 * "a/b,"}}


def _inferences(full: NDArray[np.float32]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests of the Open Inference Protocol for `full`, float32 `(n, dim)`."""
    tensor = {"name": "latent", "shape": full.shape, "datatype": "FP32"}
    yield "rows", {"json": {"inputs": [{**tensor, "data": full.tolist()}]}}
    yield "one list", {"json": {"inputs": [{**tensor, "data": full.ravel().tolist()}]}}
    raw = full.astype("<f4").tobytes()
    binary = {"inputs": [{**tensor, "parameters": {"binary_data_size": len(raw)}}]}
    head = json.dumps(binary | {"parameters": {"binary_data_output": True}}).encode()
    headers = {"Inference-Header-Content-Length": str(len(head))}
    yield "binary", {"content": head + raw, "headers": headers}
    yield "gzip", {"content": gzip.compress(head + raw), "headers": headers | {"Content-Encoding": "gzip"}}
    yield "a tensor alone", {"content": raw, "headers": {"Inference-Header-Content-Length": "0"}}


def _refused() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Requests that are beyond the limits or cannot be read."""
    yield "64 bad vectors", "POST", "/generate", {"json": {"codes": 64 * [[1e300]]}}
    yield "64 bad names", "POST", "/generate", {"json": {"codes": 64 * [{"c9": 1}]}}
    for name, content in {
        "4 MiB of spaces": b" " * 2**22,
        "4 MiB of brackets": b"[" * 2**22,
        "4 MiB of numbers": b'{"codes": [[' + b"0," * (2**21 - 10) + b"0]]}",
        "130 KB of brackets": b"[" * 130_000,
        "130 KB of numbers": b'{"codes": [[' + b"0," * 64_000 + b"0]]}",
        "130 KB of labels": b'{"label": [' + b'"7",' * 32_000 + b'"7"]}',
    }.items():
        for path in ("/generate", "/lines", "/encode", "/v2/models/mnist-infogan/infer"):
            yield f"{name}, {path}", "POST", path, {"content": content, "headers": JSON}
    yield "4 MiB of characters", "POST", "/corpora", {"content": b"x" * 2**22}
    yield "4 MiB of binary numbers", "POST", "/corpora", {"content": b"\xff" * 2**22}
    yield "no path", "GET", f"/nothing/{20_000 * 'a'}", {}
    yield "a bad parameter", "GET", f"/traverse?dim={20_000 * 'a'}", {}
    for number in (256, 6000):
        yield f"{number} parameters", "GET", "/traverse?" + "&".join(f"a{i}=1" for i in range(number)), {}
    yield "a long deadline", "GET", "/livez", {"headers": {"Inkcode-Deadline": 40_000 * "1"}}


ACCEPTED = {name: request for name, *request in _accepted()}
REQUESTS = ACCEPTED | {name: request for name, *request in _refused()}


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_takes_long_on_the_loop(client: httpx.Client, slow: list[tuple[float, str]], name: str) -> None:
    method, url, options = REQUESTS[name]
    for seed in range(2):  # what is done once a process is not meant
        client.request(method, url.replace("SEED", str(seed)), **options)
        client.get("/livez")
    slow.clear()
    response = client.request(method, url.replace("SEED", "2"), **options)
    assert response.is_success if name in ACCEPTED else 400 <= response.status_code < 500, response.text[:500]
    client.get("/livez")
    assert slow == [], (response.status_code, json.dumps(slow))
