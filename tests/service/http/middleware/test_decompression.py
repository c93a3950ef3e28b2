"""Bodies that clients have compressed."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

BODY = json.dumps({"n": 3, "seed": 7, "fixed": {"c2": 0.5}}).encode()
LIMIT = 2**16


def raw_deflate(content: bytes) -> bytes:
    compress = zlib.compressobj(wbits=-15)
    return compress.compress(content) + compress.flush()


ENCODED = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "members": ("gzip", lambda content: gzip.compress(content[:5]) + gzip.compress(b"") + gzip.compress(content[5:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
}


def in_pieces(content: bytes) -> Iterator[bytes]:
    """Sent in chunks of a few bytes."""
    for start in range(0, len(content), 3):
        yield content[start : start + 3]


@pytest.fixture(scope="module")
def small(models: Path, serve: Callable[[Settings], Any]) -> Iterator[httpx.Client]:
    """A service that takes bodies of 64 KiB."""
    with serve(Settings(models=models, max_body=LIMIT)) as client:
        yield client


def post(client: httpx.Client, path: str, content: Any, coding: str, kind: str = "application/json") -> httpx.Response:
    return client.post(path, content=content, headers={"Content-Type": kind, "Content-Encoding": coding})


@pytest.mark.parametrize("pieces", [bytes, in_pieces])
@pytest.mark.parametrize("name", ENCODED)
def test_a_body_is_decoded(client: httpx.Client, name: str, pieces: Callable[[bytes], Any]) -> None:
    coding, encode = ENCODED[name]
    plain = client.post("/generate", content=BODY, headers={"Content-Type": "application/json"})
    answer = post(client, "/generate", pieces(encode(BODY)), coding)
    assert (answer.status_code, answer.content) == (200, plain.content)


def test_every_path_with_a_body_decodes_it(client: httpx.Client) -> None:
    picture = client.post("/generate", json={"label": "7"}).content
    assert post(client, "/encode", gzip.compress(picture), "gzip", "image/png").json()["images"][0]["label"] == "7"
    images = json.dumps({"images": ["AAAA"]}).encode()
    assert post(client, "/encode", gzip.compress(images), "gzip").status_code == 422
    texts = json.dumps({"texts": ["2026"]}).encode()
    assert post(client, "/lines", zlib.compress(texts), "deflate").status_code == 200
    vectors = {"name": "latent", "shape": [1, 74], "datatype": "FP32", "data": [0.0] * 62 + [1.0] + [0.0] * 11}
    tensors = json.dumps({"inputs": [vectors]}).encode()
    assert post(client, "/v2/models/mnist-infogan/infer", gzip.compress(tensors), "gzip").status_code == 200


@pytest.mark.parametrize("path", ["/generate", "/encode", "/lines", "/v2/models/mnist-infogan/infer"])
@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x" * 5000])
def test_another_coding_is_415_and_says_which_there_are(client: httpx.Client, path: str, coding: str) -> None:
    answer = post(client, path, b"x", coding)
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "gzip, deflate"
    assert answer.json()["type"] == "urn:problem-type:inkcode:not-coding"
    (error,) = answer.json()["errors"]
    assert (error["field"], error["expected"]) == ("Content-Encoding", "must be gzip or deflate, or left out")
    assert coding[:70] in error["value"]


@pytest.mark.parametrize(
    ("coding", "content"),
    [
        ("gzip", BODY),
        ("gzip", gzip.compress(BODY)[:-1]),
        ("gzip", gzip.compress(BODY)[:20]),
        ("gzip", gzip.compress(BODY) + b"more"),
        ("gzip", zlib.compress(BODY)),
        ("deflate", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)[:-2]),
        ("deflate", zlib.compress(BODY) + b"more"),
        ("deflate", raw_deflate(BODY)[:-3]),
    ],
)
def test_what_is_not_so_encoded_is_400(client: httpx.Client, coding: str, content: bytes) -> None:
    answer = post(client, "/generate", content, coding)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:problem-type:inkcode:bad-coding"
    assert answer.json()["errors"][0]["expected"] == f"must be a whole {coding} stream, as Content-Encoding says"


def test_an_empty_body_has_no_coding(client: httpx.Client) -> None:
    assert post(client, "/generate", b"", "gzip").json()["type"] == "urn:problem-type:inkcode:not-json"
    assert client.get("/livez", headers={"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize("encode", [gzip.compress, zlib.compress, raw_deflate])
def test_the_decoded_size_counts(small: httpx.Client, encode: Callable[[bytes], bytes]) -> None:
    coding = "gzip" if encode is gzip.compress else "deflate"
    assert post(small, "/generate", encode(BODY.ljust(LIMIT)), coding).status_code == 200
    answer = post(small, "/generate", encode(BODY.ljust(LIMIT + 1)), coding)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:problem-type:inkcode:body-too-large")


def test_a_bomb_ends_early(small: httpx.Client) -> None:
    bomb = gzip.compress(bytes(2**25))
    assert len(bomb) < LIMIT
    tracemalloc.start()
    try:
        assert post(small, "/generate", bomb, "gzip").status_code == 413
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


def test_many_empty_members_are_read_to_their_end(small: httpx.Client) -> None:
    empty = gzip.compress(b"")
    members = empty * ((LIMIT - 100) // len(empty)) + gzip.compress(BODY)
    assert post(small, "/generate", members, "gzip").status_code == 200


def test_it_is_counted_why_the_fast_path_declines(models: Path, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models)) as client:
        post(client, "/generate", gzip.compress(BODY), "gzip")
        metrics = client.get("/metrics").text
    assert 'inkcode_fast_path_declined_total{reason="coding"} 1.0' in metrics
    assert 'inkcode_requests_total{path="asgi",route="/generate",status="200"} 1.0' in metrics
