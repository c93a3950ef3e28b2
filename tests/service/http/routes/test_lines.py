"""`/lines`: text as a picture, and where its characters stand."""

from __future__ import annotations

import base64
import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image


def _picture(content: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_a_line_is_dark_on_light_and_the_same_again(client: httpx.Client) -> None:
    answer = client.get("/lines?text=2026-11-21&seed=3&height=48")
    assert answer.headers["content-type"] == "image/png"
    picture = _picture(answer.content)
    assert (picture.ndim, picture.shape[0], picture.max()) == (2, 48, 255)
    assert answer.headers["inkcode-seed"] == "3"
    again = client.get("/lines?text=2026-11-21&seed=3&height=48", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/lines?text=2026-11-21&seed=4&height=48").content != answer.content


def test_json_has_a_box_for_each_character(client: httpx.Client) -> None:
    said = client.get("/lines?text=2026-11-21&ink=%23ff0000", headers={"Accept": "application/json"}).json()
    (line,) = said["lines"]
    assert "".join(entry["character"] for entry in line["characters"]) == line["text"] == "2026-11-21"
    picture = _picture(base64.b64decode(line["png"]))
    assert picture.shape == (line["height"], line["width"], 3)
    for entry in line["characters"]:
        x, y, width, height = entry["box"]
        assert (picture[y : y + height, x : x + width, 1] < 200).any()


def test_masks_are_given_where_they_are_asked_for(client: httpx.Client) -> None:
    said = client.get("/lines?text=1 7&format=json&masks=true").json()["lines"][0]
    mask = _picture(base64.b64decode(said["mask"]))
    assert mask.shape == (said["height"], said["width"])
    assert set(np.unique(mask).tolist()) == {0, 1, 3}
    assert "mask" not in client.get("/lines?text=1 7&format=json").json()["lines"][0]
    refused = client.get("/lines?text=1&format=png&masks=true")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "masks")


def test_several_lines_stand_below_one_another(client: httpx.Client) -> None:
    texts = ["1", "2345", "6.7"]
    said = client.post("/lines", json={"texts": texts, "seed": 1, "format": "json"}).json()
    assert [line["text"] for line in said["lines"]] == texts
    widths = [line["width"] for line in said["lines"]]
    picture = _picture(client.post("/lines", json={"texts": texts, "seed": 1}).content)
    assert picture.shape == (96, max(widths))
    single = client.get("/lines?text=1&seed=1&format=json").json()["lines"][0]
    assert single["png"] == said["lines"][0]["png"]


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("", "text", "is required"),
        ("text=", "text", "1 to 64 characters, not 0"),
        (f"text={'1' * 65}", "text", "1 to 64 characters, not 65"),
        ("text=1a2b", "text", "nothing here draws 'a', 'b'"),
        ("text=1&height=40", "height", "must be 32, 48 or 64"),
        ("text=1&ink=red", "ink", "pattern"),
        ("text=1&slant=nan", "slant", "finite"),
        ("text=1&c2=1", "c2", "unknown"),
        ("text=1&text=2", "text", "given once"),
        ("text=1&model=colour", "model", "colour"),
        ("text=1&model=noise", "model", "has no labels"),
    ],
)
def test_a_value_that_does_not_fit_is_named(client: httpx.Client, query: str, field: str, said: str) -> None:
    answer = client.get(f"/lines?{query}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert said in error["expected"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": ["1", "?"]}, "texts[1]"),
        ({"texts": ["1" * 64] * 17}, "texts"),
        ({"texts": "1"}, "texts"),
        ({"texts": ["1"], "text": "2"}, "text"),
    ],
)
def test_a_body_that_does_not_fit_is_named(client: httpx.Client, body: Any, field: str) -> None:
    answer = client.post("/lines", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_an_index_of_lines_leads_to_lines(client: httpx.Client) -> None:
    index = client.get("/datasets/mnist-infogan/index.json", params={"n": 5, "pattern": r"\d{4}-\d{2}-\d{2}"}).json()
    assert client.get(index["shards"][0]["url"]).status_code == 200
    assert index["charset"] == list("-0123456789")
