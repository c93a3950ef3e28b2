"""Work that waits for the threads is bounded: more of it is refused at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.imaging import png as png_module
from service.settings import Settings

Serve = Callable[[Settings], Any]


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

    def slow(picture: Any) -> bytes:
        encoding.acquire(timeout=20)
        return png_module.png(picture)

    # Any of the three is about 1.1 to 2.1 million pixels.
    with serve(Settings(models=models, queue_pixels=5_000_000)) as client:
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
