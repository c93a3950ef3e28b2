"""Preconditions of requests: what a client has, and what it wants to go on reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

PATHS = [
    "/traverse?dim=c2",
    "/interpolate?from=1&to=2&format=json&steps=200",
    "/lines?text=12",
    "/datasets/mnist-infogan/index.json?n=30&size=10",
    "/datasets/mnist-infogan/wids.json?n=30000&size=10",
    "/datasets/mnist-infogan/shard-000000.tar?n=30&size=10",
]


@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate"])
@pytest.mark.parametrize("path", PATHS)
def test_what_if_match_names_is_answered_and_nothing_else(client: httpx.Client, path: str, coding: str) -> None:
    accepted = {"Accept-Encoding": coding}
    plain = client.get(path, headers=accepted)
    etag = plain.headers["etag"]
    for held in ("*", etag, f'"other", {etag}'):
        again = client.get(path, headers={"If-Match": held, **accepted})
        assert (again.status_code, again.content) == (200, plain.content)
    for other in ('"other"', f"W/{etag}", "other", "other" * 2000):
        for method in ("GET", "HEAD"):
            answer = client.request(method, path, headers={"If-Match": other, **accepted})
            assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")
            # It comes before the other precondition (RFC 9110, section 13.2.2).
            both = {"If-Match": other, "If-None-Match": etag, **accepted}
            assert client.request(method, path, headers=both).status_code == 412


def test_a_range_of_another_version_is_refused(client: httpx.Client) -> None:
    url = "/datasets/mnist-infogan/shard-000000.tar?n=30&size=10"
    etag = client.head(url).headers["etag"]
    assert client.get(url, headers={"Range": "bytes=100-199", "If-Match": etag}).status_code == 206
    answer = client.get(url, headers={"Range": "bytes=100-199", "If-Match": '"before"'})
    assert (answer.status_code, answer.json()["type"]) == (412, "urn:problem-type:inkcode:changed")


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}, "Disallowed CORS origin"),
        ({"Origin": "https://a.example", "Access-Control-Request-Method": "DELETE"}, "Disallowed CORS method"),
        ({"Origin": "\ud800", "Access-Control-Request-Method": "x" * 5000}, "Disallowed CORS origin, method"),
    ],
)
def test_a_refused_preflight_is_a_problem(
    models: Path, serve: Callable[[Settings], Any], headers: dict[str, str], detail: str
) -> None:
    with serve(Settings(models=models, origins=("https://a.example",))) as client:
        raw = {name: value.encode("utf-8", "surrogatepass") for name, value in headers.items()}
        for path in ("/generate", "/models", "/corpora", "/nothing"):
            answer = client.options(path, headers=raw)
            assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
            assert answer.json()["detail"] == detail
            assert "Origin" in answer.headers["vary"]
        allowed = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        assert client.options("/generate", headers=allowed).status_code == 200
