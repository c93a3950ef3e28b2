"""Large answers of JSON and arrays for clients that accept a coding."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import httpx
import numpy as np
import pytest

from service.http.negotiation import MIN_COMPRESSED

CODINGS = {"gzip": gzip.decompress, "deflate": zlib.decompress}
CACHED = (
    "/traverse?dim=c2&format=json",
    "/traverse?dim=c2&format=npy&rows=20",
    "/interpolate?from=1&to=2&steps=100&format=json",
    "/lines?text=12345678901234567890&height=64&format=json",
    "/datasets/mnist-infogan/index.json?n=1000&size=1",
)
UNCOMPRESSED = (
    "/traverse?dim=c2&scale=4",
    "/traverse?dim=c2&format=zip",
    "/traverse?dim=c2&format=gif",
    "/datasets/mnist-infogan/shard-000000.tar?n=100&size=100",
    "/datasets/mnist-infogan/shard-000000.parquet?n=100&size=100",
)


def ask(client: httpx.Client, method: str, url: str, accepted: str | None, **more: Any) -> tuple[httpx.Response, bytes]:
    """An answer, and its body as it was sent."""
    headers = {"Accept-Encoding": accepted or "", **more.pop("headers", {})}
    with client.stream(method, url, headers=headers, **more) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("url", CACHED)
def test_a_large_answer_is_compressed(client: httpx.Client, url: str, coding: str) -> None:
    plain, content = ask(client, "GET", url, "identity")
    answer, encoded = ask(client, "GET", url, coding)
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == coding
    assert int(answer.headers["content-length"]) == len(encoded) < len(content)
    assert CODINGS[coding](encoded) == content
    for response in (plain, answer):
        assert "Accept-Encoding" in response.headers["vary"]
    assert answer.headers["etag"] == f'{plain.headers["etag"][:-1]}-{coding}"'
    assert ask(client, "GET", url, coding)[1] == encoded


@pytest.mark.parametrize(
    "body", [{"n": 500, "format": "npy"}, {"n": 60, "format": "json"}, {"n": 200, "format": "npy"}]
)
def test_a_large_draw_is_compressed_on_both_paths(client: httpx.Client, body: dict[str, Any]) -> None:
    for connection in ("keep-alive", "close"):
        more: dict[str, Any] = {"json": {"seed": 1, **body}, "headers": {"Connection": connection}}
        plain, content = ask(client, "POST", "/generate", None, **more)
        answer, encoded = ask(client, "POST", "/generate", "gzip, br", **more)
        assert len(content) >= MIN_COMPRESSED
        assert "content-encoding" not in plain.headers
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(encoded) == content


def test_an_array_of_a_small_size_takes_the_fast_path(client: httpx.Client) -> None:
    answer, content = ask(client, "POST", "/generate", "gzip", json={"n": 60, "format": "npy"})
    assert "content-encoding" not in answer.headers
    assert len(content) == 128 + 60 * 2 * 74


@pytest.mark.parametrize("url", UNCOMPRESSED)
def test_pictures_archives_and_shards_are_not(client: httpx.Client, url: str) -> None:
    answer, content = ask(client, "GET", url, "gzip, deflate")
    assert len(content) > MIN_COMPRESSED or "gif" in url
    assert "content-encoding" not in answer.headers
    assert answer.headers["etag"] == ask(client, "GET", url, None)[0].headers["etag"]


@pytest.mark.parametrize("url", ["/models/noise", "/traverse?dim=c2&format=json&rows=1&steps=2", "/livez"])
def test_small_answers_are_not(client: httpx.Client, url: str) -> None:
    assert "content-encoding" not in ask(client, "GET", url, "gzip")[0].headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("deflate, gzip", "gzip"),
        ("gzip;q=0.5, deflate", "deflate"),
        ("*", "gzip"),
        ("gzip;q=0, *", "deflate"),
        ("br, gzip;q=0.1", "gzip"),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("br", None),
        ("", None),
        ("gzip;q=x", None),
        ("x" * 5000, None),
        ("x, " * 2000 + "gzip", "gzip"),
    ],
)
def test_the_coding_is_the_clients_choice(client: httpx.Client, accepted: str, coding: str | None) -> None:
    assert ask(client, "GET", CACHED[0], accepted)[0].headers.get("content-encoding") == coding


@pytest.mark.parametrize("url", CACHED)
def test_who_has_it_in_a_coding_gets_304_in_that_coding_alone(client: httpx.Client, url: str) -> None:
    plain, encoded = ask(client, "GET", url, None)[0], ask(client, "GET", url, "gzip")[0]
    for accepted, whole in ((None, plain), ("gzip", encoded)):
        for held in (whole.headers["etag"], f'"other", W/{whole.headers["etag"]}'):
            answer, content = ask(client, "GET", url, accepted, headers={"If-None-Match": held})
            assert (answer.status_code, content) == (304, b"")
            for name in ("etag", "vary", "cache-control", "inkcode-model", "inkcode-seed"):
                assert answer.headers[name] == whole.headers[name]
    held = {"If-None-Match": encoded.headers["etag"]}
    assert ask(client, "GET", url, None, headers=held)[0].status_code == 200
    assert ask(client, "GET", url, "deflate", headers=held)[0].status_code == 200


def test_head_has_the_headers_of_the_compressed_answer(client: httpx.Client) -> None:
    get, head = ask(client, "GET", CACHED[0], "gzip")[0], ask(client, "HEAD", CACHED[0], "gzip")[0]
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert head.headers[name] == get.headers[name]


def test_clients_decode_it(client: httpx.Client) -> None:
    codes = client.post("/generate", json={"n": 200, "format": "json"}, headers={"Accept-Encoding": "gzip"}).json()
    assert len(codes["images"]) == 200
    assert np.all([image["codes"]["c1"] < 10 for image in codes["images"]])
