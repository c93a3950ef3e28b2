"""`POST /pages`: texts as a page, with boxes, in one hand, on paper; and what a page does not hold."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.framed_models import NARROW, WIDE

SMALL = {"page_width": 400, "page_height": 300, "height": 48}
TEXTS = ["Tag, be-bop and pay", "on"]


def _post(letters: httpx.Client, **body: Any) -> Any:
    answer = letters.post("/pages", json={**SMALL, "texts": TEXTS, "format": "json", **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _picture(content: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_a_page_is_a_picture_and_the_same_again(letters: httpx.Client) -> None:
    first, again, other = (letters.post("/pages", json={**SMALL, "texts": TEXTS, "seed": s}) for s in (1, 1, 2))
    assert first.headers["content-type"] == "image/png"
    assert _picture(first.content).shape == (300, 400)
    assert first.content == again.content != other.content


def test_boxes_of_lines_words_and_characters(letters: httpx.Client) -> None:
    page = _post(letters, seed=3)
    picture = _picture(base64.b64decode(page["png"]))
    assert (page["height"], page["width"]) == picture.shape
    assert " ".join(line["text"] for line in page["lines"]) == " ".join(TEXTS)
    for line in page["lines"]:
        assert " ".join(word["text"] for word in line["words"]) == line["text"]
        for word in line["words"]:
            assert "".join(entry["character"] for entry in word["characters"]) == word["text"]
            for entry in word["characters"]:
                x, y, width, height = entry["box"]
                assert (picture[y : y + height, x : x + width] < 128).any()
    assert "quad" not in page["lines"][0]


def test_a_page_has_one_hand(letters: httpx.Client) -> None:
    for number, width in ((1, WIDE), (-1, NARROW)):
        page = _post(letters, style=[number, 0, 0], size_drift=0)
        widths = {e["box"][2] for line in page["lines"] for word in line["words"] for e in word["characters"]}
        assert widths == {width}
        assert page["hand"] == {"style": [number, 0, 0]}


def test_on_paper_everything_has_its_corners(letters: httpx.Client) -> None:
    page = _post(letters, paper="photo", seed=5)
    picture = _picture(base64.b64decode(page["png"]))
    assert picture.shape == (300, 400, 3)
    for line in page["lines"]:
        for entry in (line, *line["words"], *(e for word in line["words"] for e in word["characters"])):
            x, y, width, height = entry["box"]
            assert all(x <= u <= x + width and y <= v <= y + height for u, v in entry["quad"])


def test_a_model_without_a_frame_writes_pages_too(client: httpx.Client) -> None:
    size = {"page_width": 2600, "page_height": 200, "height": 32, "margin": 0}
    page = client.post("/pages", json={**size, "texts": ["1 7", "-"], "format": "json"}).json()
    assert [line["text"] for line in page["lines"]] == ["1 7", "-"]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"texts": []}, "texts", "must not be empty"),
        ({"texts": ["a", "b/c"]}, "texts[1]", "nothing here draws '/'"),
        ({"texts": [" "]}, "texts[0]", "must have words"),
        ({"texts": ["a" * 65]}, "texts[0]", "of 64 characters at most"),
        ({"texts": ["on"] * 9}, "texts[4]", "does not fit on the page, which has 4 lines"),
        ({"texts": ["on", "pay " * 20], "wrap": False}, "texts[1]", "does not fit on a line"),
        ({"texts": ["on " * 400]}, "texts", "must be at most 1024 a page"),
        ({"page_width": 4096, "page_height": 4096}, "page_width", "more than"),
        ({"page_width": 10}, "page_width", "64"),
        ({"masks": True}, "masks", "unknown"),
    ],
)
def test_what_does_not_fit_is_named(letters: httpx.Client, body: Any, field: str, said: str) -> None:
    answer = letters.post("/pages", json={**SMALL, "texts": TEXTS, **body})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], said in error["expected"]) == (field, True), error


def test_a_data_set_of_pages_in_the_forms_that_detectors_read(letters: httpx.Client) -> None:
    query = "kind=pages&n=3&size=2&words=Tag,be,pay&texts_per_line=2-3&page_width=400&page_height=300&seed=2"
    index = letters.get(f"/datasets/letters/index.json?{query}&format=paddledet.tar").json()
    assert index["formats"] == ["tar", "parquet", "paddledet.tar", "coco.tar"]
    with tarfile.open(fileobj=io.BytesIO(letters.get(index["shards"][1]["url"]).content)) as archive:
        assert archive.getnames() == ["Label-000001.txt", "images/000000002.png"]
        (row,) = archive.extractfile("Label-000001.txt").read().decode().splitlines()  # type: ignore[union-attr]
    name, said = row.split("\t")
    lines = json.loads(said)
    assert name == "images/000000002.png"
    assert all(len(line["points"]) == 4 and line["transcription"] for line in lines)
    coco_index = letters.get(f"/datasets/letters/index.json?{query}&format=coco.tar&paper=photo").json()
    with tarfile.open(fileobj=io.BytesIO(letters.get(coco_index["shards"][0]["url"]).content)) as archive:
        document = json.load(archive.extractfile("annotations-000000.json"))  # type: ignore[arg-type]
    assert [image["id"] for image in document["images"]] == [1, 2]
    assert {category["name"] for category in document["categories"]} == {"line", "word", "character"}
    ids = [annotation["id"] for annotation in document["annotations"]]
    assert len(set(ids)) == len(ids)
    for annotation in document["annotations"]:
        x, y, width, height = annotation["bbox"]
        (polygon,) = annotation["segmentation"]
        assert all(x <= u <= x + width for u in polygon[::2])
        assert all(y <= v <= y + height for v in polygon[1::2])
        assert 0 < annotation["area"] <= width * height


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        (
            "kind=pages&words=a&format=paddle.tar&n=4&size=4",
            "format",
            "has no place for pages; those that have are tar",
        ),
        ("words=a&format=coco.tar&n=4&size=4", "format", "has no place for glyphs and lines"),
        ("words=a&page_width=300&n=4&size=4", "page_width", "sets of pages"),
        ("line_spacing=2&n=4&size=4", "line_spacing", "sets of pages"),
        ("kind=pages&words=a&texts_per_page=65&n=4&size=4", "texts_per_page", "from 1 to 64"),
        ("kind=pages&words=a&masks=true&n=4&size=4", "masks", "sets of lines"),
        ("kind=pages&words=a&n=100&size=100", "size", "at most 27 fit"),
    ],
)
def test_a_spec_of_pages_that_does_not_fit_is_named(letters: httpx.Client, query: str, field: str, said: str) -> None:
    answer = letters.get(f"/datasets/letters/index.json?{query}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], said in error["expected"]) == (field, True), error


def test_a_page_that_does_not_hold_its_first_text_is_named(letters: httpx.Client) -> None:
    words = "kind=pages&n=2&size=2&page_width=80&words=Tagtagtag"
    index = letters.get(f"/datasets/letters/index.json?{words}")
    answer = letters.get(index.json()["shards"][0]["url"]) if index.status_code == 200 else index
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["expected"] == "does not hold 'Tagtagtag'"


def test_a_page_of_a_set_is_the_same_in_shards_of_any_size(letters: httpx.Client) -> None:
    query = "kind=pages&n=4&page_width=400&page_height=300&seed=2&words=Tag,be&paper=scan"
    shards = [letters.get(f"/datasets/letters/index.json?{query}&size={size}").json()["shards"] for size in (4, 2)]
    whole, second = (letters.get(url).content for url in (shards[0][0]["url"], shards[1][1]["url"]))
    assert second[:-1024] in whole
