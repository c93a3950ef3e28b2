"""A deadline holds from the first byte of a request to the last byte encoded."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from onnxruntime import InferenceSession

from service.datasets.engine_adapter import generate_with
from service.engine.errors import DeadlineError, QueueFullError
from service.settings import Settings

Serve = Callable[[Settings], Any]

REQUESTS = [
    ("POST", "/generate", b'{"n": 1}'),
    ("POST", "/generate", b'{"n": 200}'),
    ("GET", "/traverse?dim=c2", b""),
    ("GET", "/interpolate?from=1&to=2&steps=3", b""),
    ("GET", "/lines?text=12", b""),
    ("POST", "/lines", b'{"texts": ["12"]}'),
    ("GET", "/datasets/mnist-infogan/index.json?n=10", b""),
    ("GET", "/datasets/mnist-infogan/shard-000000.tar?n=10", b""),
]


@pytest.fixture
def hanging(
    tmp_path: Path, make_generator: Callable[..., Path], make_verifier: Callable[..., Path], serve: Serve
) -> Iterator[tuple[httpx.Client, threading.Event, pytest.MonkeyPatch]]:
    """A service, and an event: while `hang` patches the sessions, no inference comes back before it is set."""
    make_generator(tmp_path / "mnist-infogan.onnx")
    make_verifier(tmp_path / "judge.verifier.onnx")
    released = threading.Event()
    settings = Settings(models=tmp_path, threads=4, unready_after=1.5, dead_after=3)
    with serve(settings) as client, pytest.MonkeyPatch.context() as patched:
        yield client, released, patched
        released.set()


def hang(released: threading.Event, patched: pytest.MonkeyPatch, output: str) -> None:
    """Have the sessions with this output wait for the event."""
    run = InferenceSession.run

    def waiting(self: InferenceSession, names: Any, inputs: Any) -> Any:
        if output in names and threading.current_thread().name.startswith(("inference", "pool")):
            released.wait(30)
        return run(self, names, inputs)

    patched.setattr(InferenceSession, "run", waiting)


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS)
def test_an_inference_that_hangs_is_a_504_at_the_deadline(
    hanging: tuple[httpx.Client, threading.Event, pytest.MonkeyPatch], method: str, url: str, body: bytes
) -> None:
    client, released, patched = hanging
    patched.setattr("service.engine.batcher.Batcher._is_short", lambda *_: False)  # nothing on the loop
    hang(released, patched, "images")
    began = time.monotonic()
    headers = {"Inkcode-Deadline": "0.5"} | ({"Content-Type": "application/json"} if body else {})
    response = client.request(method, url, content=body, headers=headers)
    assert response.status_code == 504
    assert response.json()["detail"] == "it cannot be done within 0.5 s"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("method", "url", "body"), REQUESTS[4:])
def test_a_verifier_that_hangs_is_one_too(
    hanging: tuple[httpx.Client, threading.Event, pytest.MonkeyPatch], method: str, url: str, body: bytes
) -> None:
    client, released, patched = hanging
    hang(released, patched, "probabilities")
    headers = {"Inkcode-Deadline": "0.5"} | ({"Content-Type": "application/json"} if body else {})
    assert client.request(method, url, content=body, headers=headers).status_code == 504


@pytest.mark.parametrize("output", ["images", "probabilities"])
def test_a_provider_that_hangs_makes_it_unready_and_then_not_alive(
    hanging: tuple[httpx.Client, threading.Event, pytest.MonkeyPatch], output: str
) -> None:
    client, released, patched = hanging
    patched.setattr("service.engine.batcher.Batcher._is_short", lambda *_: False)
    hang(released, patched, output)
    assert client.get("/lines?text=12", headers={"Inkcode-Deadline": "0.1"}).status_code == 504
    seen = []
    end = time.monotonic() + 20
    while time.monotonic() < end and (not seen or seen[-1] != (503, 503)):
        state = (client.get("/readyz").status_code, client.get("/livez").status_code)
        seen += [state] if [state] != seen[-1:] else []
        time.sleep(0.05)
    assert seen == [(200, 200), (503, 200), (503, 503)]
    for path in ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready"):
        response = client.get(path)
        assert response.status_code == 503
        assert "has not come back for" in response.json()["detail"]
    assert client.post("/generate", json={}).status_code == 503
    released.set()
    end = time.monotonic() + 20
    while time.monotonic() < end and client.get("/livez").status_code != 200:
        time.sleep(0.05)
    for path in ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready"):
        assert client.get(path).status_code == 200


def test_the_body_counts(client: httpx.Client) -> None:
    assert client.get("/livez").status_code == 200  # the server is up, and sees the first byte when it is sent
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nInkcode-Deadline: 0.3\r\n"
    for path in (b"/generate", b"/lines", b"/v2/models/noise/infer", b"/encode"):
        with socket.create_connection((client.base_url.host, client.base_url.port), timeout=20) as connection:
            connection.sendall(head % path + b"Content-Length: 200000\r\n\r\n" + 150_000 * b" ")
            time.sleep(0.5)
            connection.sendall(50_000 * b" ")
            assert connection.recv(100).split()[1] == b"504"


def test_encoding_counts(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ("service.http.rendering.png", "service.http.routes.lines.png"):
        monkeypatch.setattr(where, lambda *_: time.sleep(1))
    headers = {"Inkcode-Deadline": "0.3"}
    assert client.post("/generate", json={"n": 500}, headers=headers).status_code == 504
    assert client.get("/lines?text=12", headers=headers).status_code == 504


def test_all_batches_of_a_request_share_one_deadline() -> None:
    class Batcher:
        def __init__(self) -> None:
            self.limits: list[float] = []
            self.full = False

        async def submit(self, rows: Any, time_limit: float, exclusive: bool) -> Any:
            self.limits.append(time_limit)
            if time_limit <= 0:
                raise DeadlineError(time_limit)
            await asyncio.sleep(0.05)
            if self.full:
                raise QueueFullError(0.01)
            self.full = True
            return type("Result", (), {"rows": rows})

    class Model:
        batcher = Batcher()

    async def scenario() -> None:
        generate = generate_with(Model(), 0.3)  # type: ignore[arg-type]
        await generate(np.zeros((1, 1), np.float32))
        async with asyncio.timeout(10):
            with pytest.raises(DeadlineError):  # a queue that stays full is not asked for ever
                await generate(np.zeros((1, 1), np.float32))

    asyncio.run(scenario())
    limits = Model.batcher.limits
    assert limits == sorted(limits, reverse=True)
    assert limits[0] <= 0.3
