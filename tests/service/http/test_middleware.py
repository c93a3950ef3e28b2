"""What wraps every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.http.middleware.policy_middleware import PolicyMiddleware
from service.http.policies.policy import PolicyChain
from service.http.policies.request_metrics import RequestMetrics
from service.metrics import Metrics
from service.settings import Settings

LIMIT = 2048


@pytest.fixture(scope="module")
def small(models: Path, serve: Callable[[Settings], Any]) -> Iterator[httpx.Client]:
    """A service that takes bodies of 2 KiB."""
    with serve(Settings(models=models, max_body=LIMIT)) as client:
        yield client


def body(size: int) -> bytes:
    return b'{"n": 1}'.ljust(size)


def in_pieces(content: bytes) -> Iterator[bytes]:
    """Sent in chunks, a body does not announce its size."""
    for start in range(0, len(content), 100):
        yield content[start : start + 100]


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_413(small: httpx.Client, announced: bool) -> None:
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413), (100 * LIMIT, 413)):
        content = body(size) if announced else in_pieces(body(size))
        response = small.post("/generate", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == status
        if status == 413:
            assert response.headers["content-type"] == "application/problem+json"
            expected = f"must have at most {LIMIT} bytes"
            assert response.json()["errors"] == [{"field": "body", "value": None, "expected": expected}]


def test_browsers_may_not_guess_content_types(small: httpx.Client) -> None:
    paths = ("/", "/livez", "/nothing", "/traverse?dim=c2", "/traverse?dim=c9")
    assert all(small.get(path).headers["x-content-type-options"] == "nosniff" for path in paths)
    assert small.post("/generate", content=body(LIMIT + 1)).headers["x-content-type-options"] == "nosniff"


def test_other_sites_may_not_show_answers_nor_learn_from_them(small: httpx.Client) -> None:
    for response in (small.get("/"), small.get("/livez"), small.get("/nothing"), small.post("/generate", json={})):
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in response.headers


def test_pages_of_allowed_origins_may_call(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models, origins=("https://a.example",))) as client:
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        preflight = client.options("/generate", headers=asked | {"Access-Control-Request-Headers": "content-type"})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://a.example"
        answer = client.post("/generate", json={}, headers={"Origin": "https://a.example"})
        assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert "Inkcode-Seed" in answer.headers["access-control-expose-headers"]
        shard = "/datasets/mnist-infogan/shard-000000.tar?n=3&size=3"
        part = client.get(shard, headers={"Origin": "https://a.example", "Range": "bytes=0-9"})
        exposed = part.headers["access-control-expose-headers"].split(", ")
        assert (part.status_code, part.headers["accept-ranges"]) == (206, "bytes")
        assert {"Content-Range", "Accept-Ranges", "ETag"} <= set(exposed)
        other = client.post("/generate", json={}, headers={"Origin": "https://b.example"})
        assert "access-control-allow-origin" not in other.headers


def test_the_server_does_not_name_its_software(small: httpx.Client) -> None:
    assert "x-powered-by" not in small.get("/livez").headers


def test_an_answer_that_fails_half_way_does_not_look_whole() -> None:
    async def fails_half_way(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("the disk is full")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing to receive")

    metrics = Metrics()
    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with pytest.raises(RuntimeError, match="the disk is full"):
        asyncio.run(PolicyMiddleware(fails_half_way, PolicyChain([RequestMetrics(metrics)]))(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert b'inkcode_requests_total{path="asgi",route="unmatched",status="200"} 1.0' in metrics.exposition()
