"""`POST /encode`: codes of pictures."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from service.http.routes import encode
from service.imaging.decode import decode_images
from service.settings import Settings
from tests.conftest import SIGMA

PNG = {"Content-Type": "image/png"}
ASKED = {"label": "7", "fixed": {"c2": 0.5, "c3": -1.0}, "seed": 1}


@pytest.fixture(scope="module")
def seven(client: httpx.Client) -> bytes:
    return client.post("/generate", json=ASKED).content


def _read(client: httpx.Client, content: bytes, query: str = "", kind: str = "image/png") -> Any:
    answer = client.post(f"/encode{query}", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    return answer.json()["images"]


def test_what_is_read_draws_the_same_again(client: httpx.Client, seven: bytes) -> None:
    answer = client.post("/encode", content=seven, headers=PNG)
    document = answer.json()
    (image,) = document["images"]
    assert document["model"] == answer.headers["inkcode-model"]
    assert document["model"].startswith("mnist-infogan@")
    assert (image["label"], image["codes"]) == ("7", {"c1": 7, "c2": 0.5, "c3": -1.0})
    again = client.post("/generate", json={"codes": [image["codes"]], "seed": 1})
    assert again.content == seven
    assert [part.partition(";")[0] for part in answer.headers["server-timing"].split(", ")] == [
        "decode",
        "queue",
        "inference",
    ]


def test_each_code_is_read_with_what_is_known_of_it(client: httpx.Client, seven: bytes) -> None:
    (image,) = _read(client, seven)
    readings = image["readings"]
    assert list(readings) == ["c1", "c2", "c3"]
    first, *others = readings["c1"]["probabilities"]
    assert (first["value"], first["label"]) == (7, "7")
    assert first["probability"] > 0.99 > 0.01 > others[0]["probability"]
    assert {entry["label"] for entry in others} == set("012345689")
    assert sum(entry["probability"] for entry in (first, *others)) == pytest.approx(1)
    assert readings["c2"] == {"mean": 0.5, "sigma": SIGMA}
    assert readings["c3"] == {"mean": -1.0}


def test_several_pictures_come_as_json(client: httpx.Client) -> None:
    codes = [{"c1": value, "c2": value / 10 - 0.5} for value in range(10)] * 20
    drawn = client.post("/generate", json={"codes": codes, "format": "json"}).json()["images"]
    answer = client.post("/encode", json={"images": [image["png"] for image in drawn]})
    read = [image["codes"] for image in answer.json()["images"]]
    assert [row["c1"] for row in read] == [row["c1"] for row in codes]
    np.testing.assert_allclose([row["c2"] for row in read], [row["c2"] for row in codes], atol=1 / 40)


def test_dark_on_light_is_turned_round(client: httpx.Client, seven: bytes) -> None:
    file = io.BytesIO()
    Image.fromarray(255 - np.asarray(Image.open(io.BytesIO(seven)))).save(file, "WEBP", lossless=True)
    (image,) = _read(client, file.getvalue(), "?invert=true", "image/webp; charset=binary")
    assert image["codes"] == {"c1": 7, "c2": 0.5, "c3": -1.0}


def test_what_is_read_beyond_what_may_be_asked_for_is_asked_for_at_the_limit(client: httpx.Client) -> None:
    file = io.BytesIO()
    Image.new("L", (74, 2), 255).save(file, "JPEG")
    (image,) = _read(client, file.getvalue(), "?model=mnist-infogan", "image/jpeg")
    assert (image["codes"]["c2"], image["readings"]["c2"]["mean"]) == (3.0, 6.35)
    assert client.post("/generate", json={"codes": [image["codes"]]}).status_code == 200


@pytest.mark.parametrize("model", ["colour", "noise"])
def test_a_model_without_an_encoder_says_which_have_one(client: httpx.Client, seven: bytes, model: str) -> None:
    answer = client.post(f"/encode?model={model}", content=seven, headers=PNG)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    expected = "has no encoder; those that have one are mnist-infogan"
    assert error == {"field": "model", "value": model, "expected": expected}
    assert client.post("/encode?model=gone", content=seven, headers=PNG).status_code == 404


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"content": b"", "headers": PNG}, "body", "must be a PNG or JPEG or WEBP file that can be read"),
        ({"content": bytes(1000), "headers": PNG}, "body", "must be a PNG or JPEG or WEBP file that can be read"),
        ({"json": {}}, "images", "is required"),
        ({"json": []}, "body", "object"),
        ({"json": {"images": []}}, "images", "must not be empty"),
        ({"json": {"images": "x"}}, "images", "list"),
        ({"json": {"images": ["AAAA", 3]}}, "images[1]", "string"),
        ({"json": {"images": ["AA!A"]}}, "images[0]", "must be base64"),
        ({"json": {"images": ["é"]}}, "images[0]", "must be base64"),
        ({"json": {"images": ["AAAA"]}}, "images[0]", "must be a PNG or JPEG or WEBP file that can be read"),
        ({"json": {"images": [""] * 1025}}, "images", "at most 1024 images"),
        ({"json": {"images": ["AAAA"], "model": "x"}}, "model", "unknown; known are images"),
        ({"json": {"images": ["AAAA"]}, "params": {"size": 3}}, "size", "unknown; known are model, invert"),
        ({"json": {"images": ["AAAA"]}, "params": {"invert": "maybe"}}, "invert", "boolean"),
        ({"json": {"images": ["AAAA"]}, "params": {"invert": ["true", "false"]}}, "invert", "given once"),
    ],
)
def test_what_does_not_fit_is_named(client: httpx.Client, sent: Any, field: str, said: str) -> None:
    answer = client.post("/encode", **sent)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert said in error["expected"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_json_that_is_none_is_400(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/encode", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:problem-type:inkcode:not-json"


def test_a_body_or_a_picture_too_large_is_told(models: Path, seven: bytes, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models, max_body=2048, max_pixels=4 * 100)) as client:
        for sent in (bytes(3000), iter([bytes(3000)])):
            assert client.post("/encode", content=sent, headers=PNG).status_code == 413
        answer = client.post("/encode", content=seven, headers=PNG)
        assert answer.json()["errors"][0] == {
            "field": "body",
            "value": "74 x 2",
            "expected": "the pictures of a request must have at most 100 pixels together",
        }


def test_it_is_in_time_or_not_at_all(client: httpx.Client, seven: bytes) -> None:
    late = client.post("/encode", content=seven, headers=PNG | {"Inkcode-Deadline": "1e-9"})
    assert (late.status_code, late.json()["type"]) == (504, "urn:problem-type:inkcode:deadline-passed")
    assert _read(client, seven)


def test_more_than_may_wait_is_told_before_its_body_is_read(
    models: Path, seven: bytes, serve: Callable[[Settings], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cores = os.cpu_count() or 1
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait(*arguments: Any) -> Any:
        begun.release()
        go_on.wait(30)
        return decode_images(*arguments)

    monkeypatch.setattr(encode, "decode_images", wait)
    with serve(Settings(models=models, queue_pictures=0)) as client, ThreadPoolExecutor(cores) as pool:
        asking = [pool.submit(_read, client, seven) for _ in range(cores)]
        for _ in asking:
            begun.acquire(timeout=30)
        with socket.create_connection((client.base_url.host, client.base_url.port or 80), 30) as connection:
            headers = b"Host: x\r\nContent-Type: image/png\r\nContent-Length: 99\r\n"
            connection.sendall(b"POST /encode HTTP/1.1\r\n" + headers + b"\r\n")
            said = connection.recv(2**16).lower()
        go_on.set()
        assert all(asked.result() for asked in asking)
    assert said.startswith(b"http/1.1 429")
    assert b"retry-after: 1" in said


def test_the_work_is_counted(models: Path, seven: bytes, serve: Callable[[Settings], Any]) -> None:
    with serve(Settings(models=models)) as client:
        assert client.get("/models/mnist-infogan").json()["encoder"]
        for _ in range(3):
            _read(client, seven)
        metrics = client.get("/metrics").text
    for line in (
        'inkcode_images_total{model="mnist-infogan.encoder"} 3.0',
        'inkcode_queue_rows{model="mnist-infogan.encoder"} 0.0',
        'inkcode_stage_seconds_count{stage="decode"} 3.0',
        'inkcode_requests_total{path="asgi",route="/encode",status="200"} 3.0',
    ):
        assert line in metrics
