"""`/datasets` over HTTP: pure functions of their URLs, answered as caches and stock clients want them."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latent.card import Quality
from service.settings import Settings

SHARD = "/datasets/mnist-infogan/shard-000000.tar?n=130&size=100&seed=3"


def test_models_with_labels_can_be_drawn_from(client: httpx.Client) -> None:
    said = client.get("/datasets").json()
    assert said["default"] == "mnist-infogan"
    (dataset,) = said["datasets"]
    assert dataset["model"] == "mnist-infogan"
    assert dataset["labels"] == list("0123456789")
    assert "tar" in dataset["formats"]
    assert client.get(dataset["index"]).status_code == 200


def test_the_default_is_the_model_whose_samples_train_best(
    make_generator: Callable[..., Path], serve: Any, tmp_path: Path
) -> None:
    for name, accuracy in (("mnist-infogan", 0.974), ("better", 0.994), ("worse", 0.9)):
        make_generator(tmp_path / f"{name}.onnx", card={"quality": Quality(samples=1, gan_train_accuracy=accuracy)})
    with serve(Settings(models=tmp_path)) as client:
        assert client.get("/datasets").json()["default"] == "better"
        assert client.get("/models").json()["default"] == "mnist-infogan"


def test_an_index_leads_to_every_shard_and_the_charset(client: httpx.Client) -> None:
    index = client.get("/datasets/mnist-infogan/index.json?n=130&size=100&seed=3&c2=-0.5..0.5&labels=7,1").json()
    assert [shard["samples"] for shard in index["shards"]] == [100, 30]
    found = []
    for shard in index["shards"]:
        response = client.get(shard["url"])
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["content-type"] == "application/x-tar"
        assert response.headers["inkcode-model"] == index["model"]
        assert response.headers["inkcode-seed"] == "3"
        with tarfile.open(fileobj=io.BytesIO(response.content)) as archive:
            documents = [member for member in archive if member.name.endswith(".json")]
            found += [json.load(archive.extractfile(member)) for member in documents]
    assert [entry["index"] for entry in found] == list(range(130))
    assert {entry["label"] for entry in found} == {"1", "7"}
    assert all(-0.5 <= entry["codes"]["c2"] <= 0.5 for entry in found)
    charset = client.get(index["charset_url"])
    assert charset.text.split("\n") == [*index["charset"], ""]


def test_a_shard_is_the_same_bytes_under_load_and_in_another_service(
    client: httpx.Client, models: Any, serve: Any
) -> None:
    quiet = client.get(SHARD).content
    with serve(Settings(models=models, batch_rows=7, threads=1, shards=3)) as other, ThreadPoolExecutor(8) as pool:
        busy = [pool.submit(other.post, "/generate", json={"n": 33}) for _ in range(20)]
        shards = list(pool.map(other.get, [SHARD] * 6))
        assert all(request.result().status_code == 200 for request in busy)
    assert [shard.content == quiet for shard in shards] == [True] * 6


def test_what_a_client_holds_is_not_sent_again(client: httpx.Client) -> None:
    for url in (SHARD, "/datasets/mnist-infogan/index.json"):
        first = client.get(url)
        assert first.headers["cache-control"] == "public, no-cache"
        again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_head_is_get_without_the_body(client: httpx.Client) -> None:
    whole, head = client.get(SHARD), client.head(SHARD)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-511", slice(0, 512)), ("bytes=1000-", slice(1000, None)), ("bytes=-100", slice(-100, None)),
     ("bytes=5-99999999", slice(5, None))],
)  # fmt: skip
def test_a_range_is_a_part_of_the_same_bytes(client: httpx.Client, asked: str, part: slice) -> None:
    whole = client.get(SHARD)
    answer = client.get(SHARD, headers={"Range": asked, "If-Range": whole.headers["etag"]})
    assert answer.status_code == 206
    assert answer.content == whole.content[part]
    first, last, _ = part.indices(len(whole.content))
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(whole.content)}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-1,5-6"},
        {"Range": "bytes=9-3"},
        {"Range": "bytes=-"},
        {"Range": "lines=1-2"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
    ],
)
def test_what_is_no_range_is_answered_with_the_whole(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.get(SHARD, headers=headers)
    assert answer.status_code == 200
    assert len(answer.content) > 512


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_past_the_end_is_416(client: httpx.Client, asked: str) -> None:
    answer = client.get(SHARD, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")
    assert answer.json()["errors"][0]["field"] == "Range"


@pytest.mark.parametrize(
    ("path", "status", "field", "said"),
    [
        ("nobody/index.json", 404, "model", "the models are"),
        ("mnist-infogan@0123456789ab/index.json", 404, "model", "what is served by this name is mnist-infogan@"),
        ("mnist-infogan/shard-000060.tar", 404, None, "make shards 0 to 59"),
        ("mnist-infogan/shard-1.tar", 404, "shard", "six digits or more"),
        ("mnist-infogan/shard-000000", 404, "shard", "the endings are tar"),
        ("mnist-infogan/shard-000000.tgz", 422, "format", "the endings are tar"),
        ("mnist-infogan/shard-000000.tar?c2=9", 422, "c2", "from -3 to 3"),
        ("mnist-infogan/shard-000000.tar?n=0", 422, "n", "greater than or equal to 1"),
        ("mnist-infogan/shard-000000.tar?seed=x", 422, "seed", "valid integer"),
        ("mnist-infogan/shard-000000.tar?seed=1&seed=2", 422, "seed", "given once"),
        ("mnist-infogan/shard-000000.tar?shard=2", 422, "shard", "the parameters are n, seed, size"),
        ("mnist-infogan/shard-000000.tar?size=20000", 422, "size", "at most 10000"),
        ("mnist-infogan/shard-000000.tar?min_confidence=1", 422, "min_confidence", "less than or equal to 0.999"),
        ("noise/index.json", 422, "model", "has no labels"),
        ("colour/index.json", 422, "model", "has no labels"),
    ],
)
def test_a_refusal_says_what_would_be_right(
    client: httpx.Client, path: str, status: int, field: str | None, said: str
) -> None:
    answer = client.get(f"/datasets/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert said in problem["detail"]
    assert [error["field"] for error in problem["errors"]] == ([field] if field else [])


def test_more_than_may_wait_is_told_at_once_to_come_again(models: Any, serve: Any) -> None:
    with serve(Settings(models=models, shards=1, queue_shards=0)) as client, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(client.get, [f"{SHARD}&height={height}" for height in range(60, 66)]))
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1


def test_what_cannot_be_in_time_is_504(client: httpx.Client) -> None:
    answer = client.get(f"{SHARD}&height=65", headers={"Inkcode-Deadline": "0.0001"})
    assert answer.status_code == 504


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["n", "seed", "size", "labels", "balance", "truncation", "height", "scale", "invert", "c2"])
        | st.text(max_size=3),
        st.sampled_from(["0", "1", "-1", "7", "2.5", "nan", "1e308", "1..2", "7:1", "corpus:12", "true", "", "٣", "30"])
        | st.text(max_size=3),
        max_size=4,
    )
)
def test_no_query_is_a_fault_of_the_service(client: httpx.Client, query: dict[str, str]) -> None:
    response = client.get("/datasets/mnist-infogan/shard-000000.tar", params={"size": "3", **query})
    assert response.status_code in (200, 422), response.text
