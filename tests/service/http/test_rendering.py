"""Every form of an answer, and the headers that say how to repeat it."""

from __future__ import annotations

import base64
import csv
import io
import re
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from onnxruntime import InferenceSession
from PIL import Image

from service.engine.batcher import Batcher
from service.engine.inference_request import InferenceResult
from service.engine.repository.models import Model
from service.settings import Settings

BODY = {"n": 3, "label": ["7", "2"], "fixed": {"c3": 0.1}, "seed": 5, "first": 10}


def npy(client: httpx.Client, **body: Any) -> Any:
    return np.load(io.BytesIO(client.post("/generate", json={**body, "format": "npy"}).content))


def test_json_names_each_images_codes_and_can_be_posted_back(client: httpx.Client) -> None:
    response = client.post("/generate", json=BODY, headers={"Accept": "application/json"})
    assert response.headers["content-type"] == "application/json"
    document = response.json()
    assert document["model"] == response.headers["inkcode-model"]
    assert document["seed"] == 5
    images = document["images"]
    assert [image["index"] for image in images] == [10, 11, 12]
    assert [image["label"] for image in images] == ["7", "2", "7"]
    assert [image["codes"]["c1"] for image in images] == [7, 2, 7]
    assert [image["codes"]["c3"] for image in images] == [0.1] * 3
    again = {"codes": [image["codes"] for image in images], "seed": 5, "first": 10}
    pixels = npy(client, **again)
    np.testing.assert_array_equal(pixels, npy(client, **BODY))
    for image, expected in zip(images, pixels, strict=True):
        picture = Image.open(io.BytesIO(base64.b64decode(image["png"])))
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), expected)


def test_a_model_without_labels_has_codes_alone(client: httpx.Client) -> None:
    (image,) = client.post("/generate", json={"model": "colour", "format": "json"}).json()["images"]
    assert set(image) == {"index", "codes", "png"}
    assert set(image["codes"]) == {"shape", "tone"}
    (image,) = client.post("/generate", json={"model": "noise", "format": "json"}).json()["images"]
    assert image["codes"] == {}


def test_zip_holds_a_file_each_and_their_table(client: httpx.Client) -> None:
    response = client.post("/generate", json={**BODY, "format": "zip"})
    assert response.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.namelist() == ["000000.png", "000001.png", "000002.png", "labels.csv"]
    table = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode())))
    assert list(table[0]) == ["file", "index", "label", "c1", "c2", "c3"]
    assert [(row["file"], row["index"], row["label"]) for row in table] == [
        ("000000.png", "10", "7"),
        ("000001.png", "11", "2"),
        ("000002.png", "12", "7"),
    ]
    picture = np.asarray(Image.open(io.BytesIO(archive.read("000001.png"))))
    np.testing.assert_array_equal(picture, npy(client, **BODY)[1])
    assert client.post("/generate", json={**BODY, "format": "zip"}).content == response.content


def test_a_blend_of_categories_is_json_in_the_table(client: httpx.Client) -> None:
    archive = zipfile.ZipFile(io.BytesIO(client.get("/interpolate?from=0&to=4&steps=3&format=zip").content))
    table = list(csv.DictReader(io.StringIO(archive.read("labels.csv").decode())))
    assert table[1]["c1"].startswith("[0.0, ")
    assert table[1]["label"] == ""


def test_npy_is_grey_or_colour(client: httpx.Client) -> None:
    grey, colour = npy(client, n=2), npy(client, n=2, model="colour")
    assert (grey.shape, grey.dtype) == ((2, 2, 74), np.uint8)
    assert (colour.shape, colour.dtype) == ((2, 3, 8, 3), np.uint8)


def test_every_answer_says_how_to_repeat_it(client: httpx.Client, models: Path) -> None:
    digest = client.get("/models/mnist-infogan").json()["sha256"]
    for response in (
        client.post("/generate", json={"seed": 3}),
        client.get("/traverse?dim=c2&seed=3"),
        client.get("/traverse?dim=c2&seed=3&format=gif"),
    ):
        assert response.headers["inkcode-model"] == f"mnist-infogan@{digest[:12]}"
        assert response.headers["inkcode-seed"] == "3"
        timing = re.fullmatch(
            r"queue;dur=([\d.]+), inference;dur=([\d.]+), encode;dur=([\d.]+)", response.headers["server-timing"]
        )
        assert timing
        assert all(float(milliseconds) >= 0 for milliseconds in timing.groups())


URL = "/traverse?dim=c2&steps=3&rows=2"


def test_the_etag_is_the_urls_alone(client: httpx.Client) -> None:
    first, second = client.get(URL), client.get(URL + "&seed=0")
    assert re.fullmatch(r'"[0-9a-f]{32}"', first.headers["etag"])
    assert first.headers["etag"] == second.headers["etag"]
    assert first.content == second.content
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["vary"] == "Accept"


@pytest.mark.parametrize(
    "other",
    [
        URL + "&seed=1",
        URL + "&c3=0.5",
        URL + "&format=json",
        URL + "&format=gif",
        URL + "&scale=2",
        URL + "&truncation=1",
        URL + "&model=colour&dim=tone",
        "/traverse?dim=c2&steps=2&rows=3",
        "/interpolate?from=0&to=1&steps=3",
    ],
)
def test_another_answer_has_another_etag(client: httpx.Client, other: str) -> None:
    other = other.replace("dim=c2&steps=3&rows=2&model", "steps=3&rows=2&model")
    assert client.get(URL).headers["etag"] != client.get(other).headers["etag"]


def test_another_file_of_the_same_model_has_another_etag(
    make_generator: Callable[..., Path], serve: Callable[[Settings], Any], tmp_path: Path, client: httpx.Client
) -> None:
    make_generator(tmp_path / "mnist-infogan.onnx", card={"system": "retrained"})
    with serve(Settings(models=tmp_path)) as retrained:
        assert retrained.get(URL).content == client.get(URL).content
        assert retrained.get(URL).headers["etag"] != client.get(URL).headers["etag"]


def test_another_processor_has_another_etag(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = (URL, "/interpolate?from=0&to=1", "/lines?text=1", "/datasets/mnist-infogan/shard-000000.tar?n=3&size=3")
    here = [client.get(url).headers["etag"] for url in urls]

    def fingerprint(model: Model) -> str:
        return f"{model.generator.runtime} {model.generator.provider} of another processor"

    for module in ("etags", "routes.lines", "routes.shards"):
        monkeypatch.setattr(f"service.http.{module}.runtime_fingerprint", fingerprint)
    there = [client.get(url).headers["etag"] for url in urls]
    assert not set(here) & set(there)


def test_what_has_an_etag_is_computed_in_batches_of_its_own(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    run = InferenceSession.run

    def record(self: InferenceSession, names: Any, inputs: dict[str, Any]) -> Any:
        batches.append(len(inputs["latent"]))
        time.sleep(0.02)
        return run(self, names, inputs)

    monkeypatch.setattr(InferenceSession, "run", record)
    with ThreadPoolExecutor(9) as pool:
        draws = [pool.submit(client.post, "/generate", json={"n": 3}) for _ in range(8)]
        answer = client.get("/traverse?dim=c2&rows=10&steps=11&seed=3")
        assert all(draw.result().status_code == 200 for draw in draws)
    assert answer.status_code == 200
    assert sorted(size for size in batches if size > 24) == [110 - 64, 64]


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', '"other",W/{tag} , "third"', "*"])
def test_who_has_it_gets_304_and_costs_no_inference(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    tag = client.get(URL).headers["etag"]

    async def never(self: Batcher, latents: Any, within: float) -> InferenceResult:
        raise AssertionError("inference for a client that has the answer")

    monkeypatch.setattr(Batcher, "submit", never)
    response = client.get(URL, headers={"If-None-Match": form.format(tag=tag)})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == tag
    assert response.headers["vary"] == "Accept"
    assert response.headers["inkcode-seed"] == "0"


@pytest.mark.parametrize("held", ['"other"', "", "other", '""'])
def test_who_has_another_gets_it_whole(client: httpx.Client, held: str) -> None:
    response = client.get(URL, headers={"If-None-Match": held})
    assert response.status_code == 200
    assert response.content


def test_a_value_that_does_not_fit_is_refused_before_304(client: httpx.Client) -> None:
    assert client.get("/traverse?dim=c9", headers={"If-None-Match": "*"}).status_code == 422


def test_head_has_the_headers_of_get(client: httpx.Client) -> None:
    head, get = client.head(URL), client.get(URL)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("etag", "content-length", "content-type", "inkcode-model", "inkcode-seed"):
        assert head.headers[name] == get.headers[name]
    assert client.head(URL, headers={"If-None-Match": get.headers["etag"]}).status_code == 304
