"""`/lines` of a model with a line frame and a style: every character by the model, a hand for each line or for all."""

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

from tests.framed_models import FRAMED, NARROW, WIDE, glyph

STILL = {"baseline_drift": 0, "size_drift": 0, "height": 48, "format": "json"}


def _widths(line: dict[str, Any]) -> set[int]:
    return {entry["box"][2] for entry in line["characters"] if entry["character"] != " "}


def _lines(letters: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    answer = letters.post("/lines", json={**STILL, **body})
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()["lines"]
    return lines


def _picture(character: str, width: int, dark: bool = True) -> str:
    """A character cut out, dark on light if `dark`, as base64."""
    ink = np.pad(np.kron(glyph(character, width), np.ones((3, 3), np.uint8)), 6)
    file = io.BytesIO()
    Image.fromarray(255 - ink if dark else ink).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_one_style_a_line_and_each_glyph_its_own_noise(letters: httpx.Client) -> None:
    lines = _lines(letters, texts=["Tag, be-bop"] * 12, seed=2)
    widths = [_widths(line) for line in lines]
    assert all(len(of_line) == 1 for of_line in widths)
    assert set.union(*widths) == {NARROW, WIDE}
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(lines[0]["png"]))))
    assert len(np.unique(picture)) == 3  # paper, and two inks: `z` is each glyph's own


def test_punctuation_is_drawn_by_the_model(letters: httpx.Client) -> None:
    (line,) = _lines(letters, texts=["a.-'b"])
    heights = [(y, height) for _, y, _, height in (entry["box"] for entry in line["characters"])]
    assert [tall for _, tall in heights] == [12, 4, 4, 6, 24]
    refused = letters.get("/lines?text=a/b=%2Bc")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["expected"].startswith("nothing here draws '+', '/', '='; there are ")


@pytest.mark.parametrize(("number", "width"), [(1.0, WIDE), (-1.0, NARROW)])
def test_a_style_is_the_hand_of_all_lines(letters: httpx.Client, number: float, width: int) -> None:
    lines = _lines(letters, texts=["Tag", "be"] * 8, style=[number, 0, 0])
    assert all(_widths(line) == {width} for line in lines)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_pictures_of_characters_give_the_hand(letters: httpx.Client, width: int) -> None:
    hand = [_picture("a", width), "data:image/png;base64," + _picture("T", width, dark=False)]
    answer = letters.post("/lines", json={**STILL, "texts": ["Tag", "be"] * 8, "hand": hand}).json()
    assert all(_widths(line) == {width} for line in answer["lines"])
    assert answer["hand"]["c2"] == 0.25
    again = letters.post("/generate", json={"label": "a", "fixed": answer["hand"], "format": "json"})
    assert again.status_code == 200
    assert again.json()["images"][0]["codes"]["c2"] == 0.25


def test_the_reading_of_a_picture_has_its_style(letters: httpx.Client) -> None:
    reading = letters.post("/encode", json={"images": [_picture("a", WIDE, dark=False)]}).json()["images"][0]
    assert len(reading["codes"]["style"]) == FRAMED.style.size  # type: ignore[union-attr]
    assert letters.post("/generate", json={"fixed": reading["codes"]}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"style": [0.5]}, "style", "must be 3 numbers, got 1"),
        ({"style": [0, 0, 11]}, "style", "finite number from -10 to 10"),
        ({"style": [0, 0, 0], "hand": [_picture("a", WIDE)]}, "hand", "cannot be combined with `style`"),
        ({"hand": []}, "hand", "must not be empty"),
        ({"hand": [_picture("a", WIDE)] * 21}, "hand", "at most 20 items"),
        ({"hand": [_picture("a", WIDE), "%"]}, "hand[1]", "must be base64"),
        ({"hand": ["AAAA"]}, "hand[0]", "file that can be read"),
    ],
)
def test_a_hand_that_does_not_fit_is_named(letters: httpx.Client, body: Any, field: str, said: str) -> None:
    answer = letters.post("/lines", json={"texts": ["a"], **body})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], said in error["expected"]) == (field, True), error


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"style": [0.5]}, "needs a model whose latent has a `style`"),
        ({"hand": [_picture("a", WIDE)]}, "needs a model whose latent has a `style`"),
        ({"word_space": 0.5}, "mnist-infogan has no line frame"),
    ],
)
def test_a_model_without_style_or_frame_says_so(client: httpx.Client, body: Any, said: str) -> None:
    answer = client.post("/lines", json={"texts": ["1"], "model": "mnist-infogan", **body})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == next(iter(body))
    assert said in error["expected"]


@pytest.mark.parametrize("kind", ["lines", "pages"])
def test_a_data_set_may_be_in_one_hand(letters: httpx.Client, kind: str) -> None:
    query = f"kind={kind}&n=6&size=6&words=Tag,be&height=48&size_drift=0&page_width=500&style=1,0.5,-1"
    query = query if kind == "pages" else query.replace("&page_width=500", "")
    index = letters.get(f"/datasets/letters/index.json?{query}").json()
    with tarfile.open(fileobj=io.BytesIO(letters.get(index["shards"][0]["url"]).content)) as archive:
        facts = [json.load(archive.extractfile(name)) for name in archive.getnames() if name.endswith(".json")]  # type: ignore[arg-type]
    lines = [line for of in facts for line in of.get("lines", [of])]
    boxes = [box for line in lines for box in line.get("boxes", [])]
    boxes += [e["box"] for line in lines for word in line.get("words", []) for e in word["characters"]]
    assert {box[2] for box in boxes} == {WIDE}


@pytest.mark.parametrize(
    ("query", "said"),
    [("style=1,2", "must be 3 numbers, got 2"), ("style=1,x,2", "must be numbers"), ("style=nan,0,0", "finite")],
)
def test_a_style_of_a_data_set_that_does_not_fit_is_named(letters: httpx.Client, query: str, said: str) -> None:
    answer = letters.get(f"/datasets/letters/index.json?words=a&{query}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], said in error["expected"]) == ("style", True), error


def test_a_data_set_of_lines_is_the_same_in_shards_of_any_size(letters: httpx.Client) -> None:
    index = letters.get("/datasets/letters/index.json?n=12&size=12&words=Tag,be,pay&seed=4&height=64").json()
    whole = letters.get(index["shards"][0]["url"]).content
    halves = letters.get("/datasets/letters/index.json?n=12&size=6&words=Tag,be,pay&seed=4&height=64").json()
    second = letters.get(halves["shards"][1]["url"]).content
    assert second[:-1024] in whole
