"""Data sets of a model that a verifier reads."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings

Make = Callable[..., Path]


@pytest.fixture(scope="module")
def judged(
    make_generator: Make, make_verifier: Make, serve: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("judged")
    make_generator(folder / "mnist-infogan.onnx")
    make_verifier(folder / "judge.verifier.onnx")
    with serve(Settings(models=folder)) as client:
        yield client


def _facts(content: bytes) -> list[dict[str, Any]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return [json.load(archive.extractfile(member)) for member in archive if member.name.endswith(".json")]


def test_every_sample_is_read_as_its_label_and_the_index_tells_the_rate(judged: httpx.Client) -> None:
    index = judged.get("/datasets/mnist-infogan/index.json?n=200&size=200&seed=1").json()
    assert index["verifier"]["name"].startswith("judge@")
    assert (index["verifier"]["accuracy"], index["min_confidence"]) == (0.99, 0.9)
    assert index["accepted"] == pytest.approx(0.5, abs=0.15)
    answer = judged.get(index["shards"][0]["url"])
    assert answer.headers["cache-control"].endswith("immutable")
    facts = _facts(answer.content)
    assert [fact for fact in facts if fact["reading"] != fact["label"] or fact["confidence"] < 0.9] == []
    assert sum(fact["attempt"] == 0 for fact in facts) / 200 == index["accepted"]


def test_a_url_that_pins_no_verifier_is_asked_again(judged: httpx.Client) -> None:
    version = judged.get("/datasets").json()["datasets"][0]["version"]
    url = f"/datasets/{version}/shard-000000.tar?n=10"
    assert judged.get(url).headers["cache-control"] == "public, no-cache"
    assert judged.get(f"{url}&min_confidence=0").headers["cache-control"].endswith("immutable")


def test_a_floor_of_nothing_reads_nothing(judged: httpx.Client) -> None:
    index = judged.get("/datasets/mnist-infogan/index.json?n=10&min_confidence=0").json()
    assert (index["verifier"], index["accepted"]) == (None, None)
    assert "reading" not in _facts(judged.get(index["shards"][0]["url"]).content)[0]


def test_another_verifier_than_the_one_asked_for_is_refused(judged: httpx.Client) -> None:
    answer = judged.get("/datasets/mnist-infogan/shard-000000.tar?verifier=0123456789ab")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "verifier"
