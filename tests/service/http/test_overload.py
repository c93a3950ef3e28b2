"""Work that waits for the threads is bounded: more of it is refused at once."""

from __future__ import annotations

import pkgutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

Serve = Callable[[Settings], Any]

INFER = "/v2/models/mnist-infogan/infer"
INFERENCE = {
    "inputs": [{"name": "latent", "shape": [256, 74], "datatype": "FP32", "data": 256 * (62 * [0] + [1] + 11 * [0])}]
}
BINARY = {"parameters": {"binary_data_output": True}}


def ask(client: httpx.Client, times: int, *request: Any, **options: Any) -> Counter[int]:
    """The statuses of so many equal requests at the same time."""
    with ThreadPoolExecutor(times) as threads:
        asked = [threads.submit(client.request, *request, **options) for _ in range(times)]
        return Counter(response.result().status_code for response in asked)


@pytest.mark.parametrize(
    ("method", "url", "options", "patched"),
    [
        ("POST", "/generate", {"json": {"n": 256, "scale": 6}}, "service.http.rendering.png"),
        ("GET", "/traverse?dim=c2&steps=20&scale=6", {}, "service.http.rendering.png"),
        ("POST", "/lines", {"json": {"texts": 30 * ["1234567890"], "height": 48}}, "service.http.routes.lines.png"),
        ("POST", INFER, {"json": INFERENCE}, "service.http.routes.open_inference.encode_response"),
        ("POST", INFER, {"json": INFERENCE | BINARY}, "service.http.routes.open_inference.encode_response"),
    ],
)
def test_large_responses_are_refused_instead_of_piling_up(
    models: Path,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    url: str,
    options: dict[str, Any],
    patched: str,
) -> None:
    encoding = threading.Semaphore(0)
    encode = pkgutil.resolve_name(patched)

    def slow(*arguments: Any) -> Any:
        encoding.acquire(timeout=20)
        return encode(*arguments)

    # Any of the first three is about 1.1 to 2.1 million pixels, an inference 0.15 million.
    with serve(Settings(models=models, queue_pixels=500_000 if url == INFER else 5_000_000)) as client:
        monkeypatch.setattr(patched, slow)
        with ThreadPoolExecutor(1) as waiting:
            answers = waiting.submit(ask, client, 30, method, url, **options)
            time.sleep(2)
            assert client.get("/livez").status_code == 200
            encoding.release(30)
            statuses = answers.result()
        assert set(statuses) == {200, 429}
        assert 2 <= statuses[200] <= 15
        monkeypatch.undo()
        response = client.request(method, url, **options)
        assert response.status_code == 200  # everything was given back


def test_a_response_that_the_client_does_not_read_counts(
    tmp_path: Path, make_generator: Callable[..., Path], serve: Serve
) -> None:
    make_generator(tmp_path / "tall.onnx", height=200)  # 1,024 images are 15 MB
    body = b'{"n": 1024, "format": "npy"}'
    head = b"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with serve(Settings(models=tmp_path, queue_pixels=20_000_000)) as client:
        with socket.create_connection((client.base_url.host, client.base_url.port)) as connection:
            connection.sendall(head % len(body) + body)
            assert connection.recv(12, socket.MSG_WAITALL) == b"HTTP/1.1 200"
            refused = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
            assert client.post("/generate", json={}).status_code == 200
        for _ in range(100):  # the server sees a moment later that the client is gone
            answer = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
            if answer.status_code == 200:
                break
        assert len(answer.content) > 15_000_000


def test_a_single_response_is_taken_however_large(models: Path, serve: Serve) -> None:
    with serve(Settings(models=models, queue_pixels=1)) as client:
        assert client.post("/generate", json={"n": 500}).status_code == 200
        assert client.post("/generate", json={}).status_code == 200


def test_pieces_of_work_are_bounded_too(models: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(Settings(models=models, queue_tasks=4)) as client:
        monkeypatch.setattr("service.http.plan_walk.plan_walk", lambda *_: time.sleep(1) or 1 / 0)
        statuses = ask(client, 12, "GET", "/traverse?dim=c2")
        assert statuses == {500: 4, 429: 8}
        monkeypatch.undo()
        assert client.get("/traverse?dim=c2").status_code == 200
