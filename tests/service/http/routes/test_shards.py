"""Shards by the URLs of an index, read by the clients that are used with them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
import webdataset

from service.datasets.formats.registry import endings
from service.settings import Settings

INDEX = "/datasets/mnist-infogan/index.json"

Serve = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def service(models: Path, serve: Serve) -> Iterator[httpx.Client]:
    """A service of its own, whose counts begin at 0."""
    with serve(Settings(models=models)) as client:
        yield client


@pytest.fixture
def hub() -> Any:
    """Hugging Face `datasets`, which streams from the service and asks no hub."""
    import datasets

    datasets.disable_progress_bars()
    return datasets


def _urls(client: httpx.Client, **query: Any) -> list[str]:
    index = client.get(INDEX, params=query).json()
    return [f"{str(client.base_url).rstrip('/')}{shard['url']}" for shard in index["shards"]]


def _counts(client: httpx.Client, metric: str) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {
        line[len(metric) + 1 : line.index("}")]: float(line.split()[-1])
        for line in lines
        if line.startswith(f"{metric}{{")
    }


def test_a_path_gives_the_bytes_of_the_query(client: httpx.Client) -> None:
    query = {"n": 25, "size": 10, "seed": 2**64 - 1, "labels": "3,8", "c2": "-0.5..0.5", "invert": "true"}
    for ending in endings(is_pages=False):
        urls = _urls(client, **query, format=ending)
        for number, url in enumerate(urls):
            by_path = client.get(url)
            by_query = client.get(f"/datasets/mnist-infogan/shard-{number:06d}.{ending}", params=query)
            assert by_path.status_code == by_query.status_code == 200
            assert by_path.content == by_query.content
            assert by_path.headers["etag"] == by_query.headers["etag"]
            assert by_path.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert by_path.headers["inkcode-seed"] == str(2**64 - 1)
            assert "%" not in url
            assert "?" not in url


def test_lines_of_any_text_have_a_path(client: httpx.Client) -> None:
    for text in ({"pattern": r"\d{4}/(a|1)?".replace("a|", "2|")}, {"words": '"1,2",3.5:6,+-='}, {"length": "2-3"}):
        (url,) = _urls(client, n=5, size=5, **text)
        assert (
            client.get(url).content
            == client.get("/datasets/mnist-infogan/shard-000000.tar", params={"n": 5, "size": 5, **text}).content
        )


def test_a_file_name_is_of_one_set_alone(client: httpx.Client) -> None:
    sets = [{"seed": 1}, {"seed": 2}, {"seed": 1, "labels": "7"}, {"seed": 1, "n": 21}, {"seed": 1, "c2": "0.5"}]
    names = [url.rpartition("/")[2] for one in sets for url in _urls(client, **{"n": 20, "size": 10} | one)]
    assert len(names) == 11
    assert len(set(names)) == 11


@pytest.mark.parametrize(
    ("change", "status", "field", "said"),
    [
        (("seed=1", "seed=2"), 404, "file", "ask the index anew"),
        (("-000001", "-1"), 404, "file", "as the index gives it"),
        (("-000001", "-000009"), 404, None, "make shards 0 to 1"),
        ((".tar", ".tgz"), 422, "format", "the endings are"),
        (("seed=1", "seed"), 422, "options", "as the index gives it"),
        (("seed=1", "seed=1,seed=1"), 422, "seed", "given once"),
        (("seed=1", "seed=x"), 422, "seed", "valid integer"),
        (("seed=1", "c9=1"), 422, "c9", "unknown"),
        (("@", "@0"), 404, "model", "is served by this name"),
        ((".tar", ".tar?seed=1"), 422, "seed", "takes no query parameters"),
    ],
)
def test_another_path_is_refused(
    client: httpx.Client, change: tuple[str, str], status: int, field: str | None, said: str
) -> None:
    url = _urls(client, n=20, size=10, seed=1)[1]
    answer = client.get(url.replace(*change))
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]
    assert [error["field"] for error in answer.json()["errors"]] == ([field] if field else [])


@pytest.mark.filterwarnings("ignore:Exception ignored in")  # webdataset leaves pipes and files to the collector
@pytest.mark.filterwarnings("ignore:unclosed")
def test_webdataset_s_cache_keeps_sets_apart(client: httpx.Client, tmp_path: Path) -> None:
    for _ in range(2):  # from the service, then from the cache
        for seed in (1, 2):
            urls = _urls(client, n=20, size=10, seed=seed)
            read = list(webdataset.WebDataset(urls, shardshuffle=False, cache_dir=str(tmp_path)).decode())
            assert [sample["json"]["seed"] for sample in read] == [seed] * 20
            assert [sample["json"]["index"] for sample in read] == list(range(20))
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize(("builder", "ending"), [("imagefolder", "zip"), ("parquet", "parquet"), ("webdataset", "tar")])
def test_hugging_face_streams_shards_that_are_made_once(
    service: httpx.Client, hub: Any, builder: str, ending: str
) -> None:
    urls = _urls(service, n=100, size=50, seed=2, words="2026-11-21,12", format=ending)
    rows = list(hub.load_dataset(builder, data_files=urls, split="train", streaming=True))
    assert len(rows) == 100
    labels = {row["txt"] if ending == "tar" else row["label"] for row in rows}
    assert labels == {"2026-11-21", "12"}
    outcomes = _counts(service, "inkcode_shard_requests_total")
    assert outcomes['outcome="miss"'] == 2
    assert outcomes['outcome="hit"'] >= 2


def test_head_and_ranges_draw_a_shard_once(service: httpx.Client) -> None:
    (url,) = _urls(service, n=130, size=130)
    head = service.head(url)
    drawn = _counts(service, "inkcode_images_total")
    whole = service.get(url)
    assert head.headers["content-length"] == str(len(whole.content))
    for start in range(0, len(whole.content), 4096):
        part = service.get(url, headers={"Range": f"bytes={start}-{start + 4095}"})
        assert part.content == whole.content[start : start + 4096]
    assert _counts(service, "inkcode_images_total") == drawn
    assert drawn['model="mnist-infogan"'] == 192  # three batches of 64
    assert _counts(service, "inkcode_shard_requests_total")['outcome="miss"'] == 1


def test_those_who_ask_at_once_wait_for_one_computation(service: httpx.Client) -> None:
    (url,) = _urls(service, n=500, size=500, height=16)
    with ThreadPoolExecutor(8) as pool:
        contents = {answer.content for answer in pool.map(service.get, [url] * 8)}
    assert len(contents) == 1
    outcomes = _counts(service, "inkcode_shard_requests_total")
    assert outcomes['outcome="miss"'] == 1
    assert sum(outcomes.values()) == 8


def test_without_a_cache_a_shard_is_made_each_time(models: Path, serve: Serve) -> None:
    with serve(Settings(models=models, shard_cache=0)) as client:
        (url,) = _urls(client, n=20, size=20)
        assert client.get(url).content == client.get(url).content
        assert _counts(client, "inkcode_shard_requests_total") == {'outcome="miss"': 2}


def test_wids_gives_an_exact_epoch_over_ranks(client: httpx.Client) -> None:
    answer = client.get("/datasets/mnist-infogan/wids.json?n=25&size=10&seed=3")
    document = answer.json()
    found = []
    for shard in document["shardlist"]:
        with tarfile.open(fileobj=io.BytesIO(client.get(shard["url"]).content)) as archive:
            keys = {name.partition(".")[0] for name in archive.getnames()}
        assert len(keys) == shard["nsamples"]
        found += sorted(keys)
    assert found == [f"{index:09d}" for index in range(25)]
    held = {"If-None-Match": answer.headers["etag"]}
    assert client.get(str(answer.url), headers=held).status_code == 304


@pytest.mark.parametrize(
    "name", ["mnist-infogan@", "mnist-infogan@0", "mnist-infogan@000000000000", "@", "mnist-infogan@@"]
)
def test_a_digest_that_is_not_the_models_names_no_model(client: httpx.Client, name: str) -> None:
    for path in ("shard-000000.tar?n=3", "index.json?n=3", "charset.txt", "wids.json?n=3"):
        assert client.get(f"/datasets/{name}/{path}").status_code == 404
