"""A picture is read however it comes, if it can be told what it is."""

from __future__ import annotations

import base64
import io
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def seven(client: httpx.Client) -> bytes:
    return client.post("/generate", json={"label": "7", "fixed": {"c2": 0.5, "c3": -1.0}, "seed": 1}).content


def _read(client: httpx.Client, content: bytes, kind: str) -> Any:
    answer = client.post("/encode", content=content, headers={"Content-Type": kind})
    assert answer.status_code == 200, answer.text
    return answer.json()["images"]


def _jpeg(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


def _wrapped(content: bytes) -> list[bytes]:
    """The same file in every text that may hold one."""
    plain = base64.b64encode(content)
    return [
        plain,
        base64.encodebytes(content),
        base64.encodebytes(content).replace(b"\n", b"\r\n"),
        base64.urlsafe_b64encode(content).rstrip(b"="),
        b"data:image/png;base64," + plain,
        b"data:;base64," + base64.encodebytes(content),
        b"DATA:image/png;name=x.png;BASE64," + quote(plain).encode(),
        b"data:image/png," + quote(content, safe="").encode(),
    ]


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "image/gif",
        "image/jpg",
        "image/jpeg",
        "image/*",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json",
        "no type",
    ],
)
def test_a_picture_is_known_by_its_bytes_whatever_its_type(client: httpx.Client, seven: bytes, kind: str) -> None:
    (image,) = _read(client, seven, kind=kind)
    assert image["codes"] == {"c1": 7, "c2": 0.5, "c3": -1.0}
    pixels = np.asarray(Image.open(io.BytesIO(seven)))
    assert _read(client, _jpeg(pixels), kind=kind)[0]["label"] == "7"


def test_a_picture_without_any_type_is_read(client: httpx.Client, seven: bytes) -> None:
    answer = client.post("/encode", content=seven)
    assert answer.request.headers.get("content-type") is None
    assert answer.json()["images"][0]["label"] == "7"


@pytest.mark.parametrize("kind", ["", "text/plain", "image/png", "application/octet-stream"])
def test_a_picture_comes_as_text_too(client: httpx.Client, seven: bytes, kind: str) -> None:
    for text in _wrapped(seven):
        assert _read(client, text, kind=kind)[0]["label"] == "7"


def test_json_holds_every_kind_of_text(client: httpx.Client, seven: bytes) -> None:
    texts = [text.decode() for text in _wrapped(seven)]
    answer = client.post("/encode", json={"images": texts})
    assert [image["label"] for image in answer.json()["images"]] == ["7"] * len(texts)


def test_a_form_holds_a_picture_in_each_part(client: httpx.Client, seven: bytes) -> None:
    large = io.BytesIO()  # more than python-multipart would keep in memory by itself
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (1500, 1500), np.uint8)).save(large, "PNG")
    for files in (
        {"image": ("seven.png", seven, "image/png")},
        {"image": ("seven", seven)},
        [
            ("image", ("a", seven)),
            ("image", ("b", base64.encodebytes(seven), "text/plain")),
            ("c", ("c", large.getvalue())),
        ],
    ):
        answer = client.post("/encode", files=files)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["images"]) == len(files)
        assert answer.json()["images"][0]["label"] == "7"
    text = {"image": f"data:image/png;base64,{base64.b64encode(seven).decode()}"}
    assert client.post("/encode", files={}, data=text).status_code == 415  # URL-encoded, not multipart
    answer = client.post("/encode", files={name: (None, value) for name, value in text.items()})
    assert answer.json()["images"][0]["label"] == "7"


@pytest.mark.parametrize(
    ("files", "field", "said"),
    [
        ({"photo": ("x.png", b"no picture")}, "photo", "must be a PNG or JPEG or WEBP file"),
        ([("a", (None, b""))] * 1025, "body", "at most 1024 images"),
    ],
)
def test_a_part_that_is_no_picture_is_named(client: httpx.Client, files: Any, field: str, said: str) -> None:
    answer = client.post("/encode", files=files)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert said in answer.json()["errors"][0]["expected"]


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("body", [b"", b"x", b"--x--\r\n", b"--x\r\n\r\nabc", b"--x\r\nA: b"])
def test_a_form_that_cannot_be_parsed_is_422(client: httpx.Client, kind: str, body: bytes) -> None:
    answer = client.post("/encode", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


@pytest.mark.parametrize("kind", ["text/plain", "image/gif", "image/tiff", "video/mp4"])
def test_what_cannot_be_told_is_415(client: httpx.Client, kind: str) -> None:
    answer = client.post("/encode", content=b"GIF89a" + bytes(40), headers={"Content-Type": f"{kind}; x=y"})
    assert answer.status_code == 415
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("Content-Type", kind)
    assert (
        error["expected"] == "must be one of image/png, image/jpeg, image/webp, multipart/form-data, application/json"
    )
