"""Grids, lines, shards and ETags byte for byte, through a real server and real ONNX sessions.

`golden_bytes.json` holds, for each request, the SHA-256 of the body and the ETag. Encoders write other bytes in other
versions, so the values hold for constraints.txt, and the ETags, which name the processor, for x86-64.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

GOLDEN: dict[str, list[str | None]] = json.loads(Path(__file__).with_name("golden_bytes.json").read_text())

GENERATE: dict[str, dict[str, Any]] = {
    "draw": {"n": 20, "seed": 7, "columns": 5, "scale": 2},
    "large draw": {"n": 300, "seed": 1, "first": 40, "truncation": 0.7},
    "labels": {"label": ["3", "7"], "n": 9, "seed": 2, "fixed": {"c2": 0.5}},
    "named": {"codes": [{"c1": 7, "c2": -0.5}, {"label": "3", "c3": 0.9}, {"z.17": 2.0}], "seed": 5},
    "vectors": {
        "codes": [[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0.5, -0.5]] * 2 + [[0.25] * 62 + [0.1] * 10 + [0, 1]],
        "seed": 3,
    },
    "colour": {"model": "colour", "n": 6, "seed": 4},
}

GET = (
    "/traverse?dim=c2&seed=4",
    "/traverse?dim=c2&seed=4&format=json",
    "/traverse?dim=z.17&rows=3&steps=5&c3=0.5&format=zip",
    "/traverse?dim=c3&label=7&rows=3&format=gif",
    "/traverse?dim=tone&model=colour&format=webp",
    "/interpolate?from=1&to=2&steps=12",
    "/interpolate?from=1&to=2&format=npy&model=noise",
    "/lines?text=2026-11-21&seed=4&height=64",
    "/lines?text=3.14%2C159&seed=4&slant=0.2&ink=%231a1a80&format=json",
    "/datasets/mnist-infogan/index.json?n=2000&size=500&seed=1",
    "/datasets/mnist-infogan/charset.txt",
    *(
        f"/datasets/mnist-infogan/shard-000001.{ending}?n=150&size=60&seed=3&{rest}"
        for ending in ("tar", "parquet", "zip", "paddle.tar", "images-idx3-ubyte.gz", "labels-idx1-ubyte.gz")
        for rest in ("", "labels=3,8&c2=-0.5..0.5&invert=true&scale=2")
    ),
    "/datasets/mnist-infogan/shard-000000.tar?n=30&size=30&balance=7:2,1:0.5&min_confidence=0&height=40",
    *(
        f"/datasets/mnist-infogan/shard-000002.{ending}?n=25&size=10&height=48&jitter=0.3&{text}"
        for ending in ("tar", "parquet", "zip", "paddle.tar")
        for text in ("pattern=%5Cd%7B4%7D-%5Cd%7B2%7D", "words=12,345", "length=4-8")
    ),
)


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory,
    models: Path,
    make_verifier: Callable[..., Path],
    serve: Callable[[Settings], AbstractContextManager[httpx.Client]],
) -> Iterator[httpx.Client]:
    """The three models, and a verifier of the first."""
    folder = tmp_path_factory.mktemp("golden")
    for file in models.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    make_verifier(folder / "judge.verifier.onnx")
    with serve(Settings(models=folder)) as client:
        client.headers["Accept-Encoding"] = "identity"  # another coding has other bytes and another ETag
        yield client


def _told(answer: httpx.Response) -> list[str | None]:
    assert answer.status_code == 200, answer.text
    return [hashlib.sha256(answer.content).hexdigest(), answer.headers.get("ETag")]


def _compare(name: str, told: list[str | None]) -> None:
    body, etag = GOLDEN[name]
    assert told[0] == body
    if platform.machine() == "x86_64":
        assert told[1] == etag


@pytest.mark.pinned
@pytest.mark.parametrize("form", ["png", "json", "zip", "npy"])
@pytest.mark.parametrize("name", GENERATE)
def test_a_posted_draw_is_the_same_bytes_as_ever(service: httpx.Client, name: str, form: str) -> None:
    answer = service.post("/generate", json=GENERATE[name] | {"format": form})
    _compare(f"{name} {form}", _told(answer))


@pytest.mark.pinned
@pytest.mark.parametrize("url", GET)
def test_a_url_is_the_same_bytes_as_ever(service: httpx.Client, url: str) -> None:
    _compare(url, _told(service.get(url)))
