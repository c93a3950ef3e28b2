"""`/lines` on paper: by kind and by each degradation, with the corners of characters."""

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


@pytest.mark.parametrize("kind", ["notebook", "scan", "photo"])
def test_kinds_of_paper(client: httpx.Client, kind: str) -> None:
    answer = client.get(f"/lines?text=2026-11&seed=3&height=48&paper={kind}&format=json")
    (line,) = answer.json()["lines"]
    picture = _picture(base64.b64decode(line["png"]))
    assert picture.shape[:2] == (line["height"], line["width"]) == (48, picture.shape[1])
    assert all(len(entry["quad"]) == 4 for entry in line["characters"])
    assert client.get(f"/lines?text=2026-11&seed=3&height=48&paper={kind}&format=json").content == answer.content


def test_clean_paper_is_what_it_was(client: httpx.Client) -> None:
    plain = client.get("/lines?text=12&seed=3&format=json")
    assert plain.json()["lines"] == client.get("/lines?text=12&seed=3&format=json&paper=clean").json()["lines"]
    assert "quad" not in plain.json()["lines"][0]["characters"][0]


def test_a_degradation_of_its_own_keeps_the_colours(client: httpx.Client) -> None:
    query = "text=12&seed=3&ink=%23a00000&paper=%23f0f0ff"
    plain, noisy = (_picture(client.get(f"/lines?{query}{more}").content) for more in ("", "&noise=0.3"))
    assert 1 < abs(plain.astype(int) - noisy).mean() < 12
    etags = {client.get(f"/lines?{query}{more}").headers["etag"] for more in ("", "&noise=0.3", "&noise=0.4")}
    assert len(etags) == 3


def test_several_lines_on_paper_stand_below_one_another(client: httpx.Client) -> None:
    answer = client.post("/lines", json={"texts": ["1", "234"], "paper": "photo", "height": 32})
    assert _picture(answer.content).shape[0] == 64


@pytest.mark.parametrize(("query", "field"), [("paper=papyrus", "paper"), ("noise=1.5", "noise"), ("jpeg=x", "jpeg")])
def test_a_value_that_does_not_fit_is_named(client: httpx.Client, query: str, field: str) -> None:
    answer = client.get(f"/lines?text=1&{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
