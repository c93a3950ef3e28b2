"""`lines` and `pages`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import httpx
import numpy as np
import pytest
from inkcode_client import ProblemError
from inkcode_client.pictures import encode_base64

from tests.client.conftest import Call, ScriptedServer


def test_a_line_has_a_box_for_each_character(call: Call) -> None:
    written = call("lines", "2026-11", seed=4, height=48)
    assert len(written) == 1
    line = written.lines[0]
    assert line.image.shape[0] == 48
    assert line.image.dtype == np.uint8
    assert (written.seed, written.hand, line.mask) == (4, None, None)
    assert written.model.startswith("mnist-infogan@")
    assert "".join(each.character for each in line.characters) == line.text == "2026-11"
    for character in line.characters:
        left, top, width, height = character.box
        assert 0 <= left < left + width <= line.image.shape[1]
        assert 0 <= top < top + height <= 48
        assert character.quad is None
    assert line.to_pil().size == line.image.shape[1::-1]


def test_several_lines_in_colour_with_masks(call: Call) -> None:
    written = call("lines", ["1", "23"], ink="#1a1a80", slant=0.2, masks=True)
    assert [line.text for line in written.lines] == ["1", "23"]
    assert written.lines[1].image.shape[2] == 3
    assert written.lines[1].mask.shape == written.lines[1].image.shape[:2]
    assert set(np.unique(written.lines[1].mask)) <= {0, 1, 2}


def test_a_text_that_cannot_be_written_is_refused(call: Call) -> None:
    with pytest.raises(ProblemError) as refused:
        call("lines", ["12", "x"])
    assert refused.value.field == "texts[1]"


def test_a_page_has_lines_words_and_characters(
    call_at: Callable[..., Call], scripted: ScriptedServer, client: httpx.Client
) -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    place = {"box": [0, 1, 2, 2], "quad": [[0, 1], [2, 1.5], [2, 3], [0, 3]]}
    word = {"text": "1", **place, "characters": [{"character": "1", **place}]}
    document = {
        "model": "m@0",
        "seed": 4,
        "hand": {"style": [0.5], "c2": 0.1},
        "width": 4,
        "height": 3,
        "lines": [{"text": "1", **place, "words": [word]}],
        "png": encode_base64(picture),
    }
    scripted.script = [(200, {}, json.dumps(document).encode())]
    page = call_at(scripted.address)("pages", ["1"], page_width=4, hand=[picture], style=np.ones(1), wrap=False)
    method, path, _, body = scripted.requests[0]
    assert (method, path) == ("POST", "/pages")
    asked = json.loads(body)
    hand = asked.pop("hand")
    assert asked == {"texts": ["1"], "page_width": 4, "style": [1.0], "wrap": False, "format": "json"}
    assert base64.b64decode(hand[0]).startswith(b"\x89PNG")
    assert np.array_equal(page.image, picture)
    line = page.lines[0]
    assert (line.text, line.box, line.quad[1]) == ("1", (0, 1, 2, 2), (2.0, 1.5))
    assert line.words[0].characters[0].character == line.words[0].text == "1"
    assert page.hand == document["hand"]
    assert page.to_pil().size == (4, 3)


def test_a_page_of_the_running_service(call: Call) -> None:
    page = call("pages", "1 2", page_width=1600, page_height=700, seed=2)
    assert page.image.shape[:2] == (700, 1600)
    assert [[word.text for word in line.words] for line in page.lines] == [["1"], ["2"]]
    assert page.lines[1].words[0].characters[0].character == "2"
