"""Data sets of lines: one writer each, texts by the spec, and a box for every character."""

from __future__ import annotations

import io
import json
import re
import tarfile
from typing import Any

import numpy as np
import pytest

from latent import CodeError

DATES = r"\d{4}-\d{2}"


def test_texts_match_the_pattern_and_every_character_has_a_box(lab: Any) -> None:
    samples = lab.samples(n=20, pattern=DATES, seed=2, height=48)
    assert len({sample.label for sample in samples}) > 15
    for sample in samples:
        assert re.fullmatch(DATES, sample.label)
        assert sample.picture.shape[0] == 48
        assert len(sample.facts["boxes"]) == len(sample.label) == 7
        assert len(sample.facts["glyphs"]) == 6
        assert sample.class_index is None


def test_a_line_has_one_writer(lab: Any) -> None:
    lab.samples(n=2, words="12345678901234567890", seed=1)
    rows = np.concatenate(lab.batches)[:40].reshape(2, 20, -1)
    assert rows[:, :, 62:72].argmax(2).tolist() == [[*range(1, 10), 0] * 2] * 2
    within, between = rows[:, :, 72:].std(axis=1).mean(), abs(rows[0, :, 72:].mean(0) - rows[1, :, 72:].mean(0)).max()
    assert 0 < within < 0.15
    assert between > 3 * within
    lab.batches.clear()
    lab.samples(n=1, words="1111", seed=1, jitter=0)
    same = np.concatenate(lab.batches)[:4]
    np.testing.assert_array_equal(same, same[[0, 0, 0, 0]])


def test_a_line_is_the_same_in_shards_of_any_size(lab: Any) -> None:
    query = {"pattern": DATES, "n": 10, "seed": 5}
    large = lab.samples(**query, size=10)
    with tarfile.open(fileobj=io.BytesIO(lab.shard(2, "tar", **query, size=3))) as archive:
        names = archive.getnames()
        assert names[:3] == ["000000006.png", "000000006.txt", "000000006.json"]  # a text is no class
        assert archive.extractfile(names[0]).read() == large[6].png
        assert json.load(archive.extractfile(names[2]))["label"] == large[6].label


def test_words_and_lengths(lab: Any) -> None:
    assert {sample.label for sample in lab.samples(n=60, words="7,42 1,0.5")} == {"7", "42 1", "0.5"}
    lengths = {len(sample.label) for sample in lab.samples(n=60, length="2-4")}
    assert lengths == {2, 3, 4}
    assert {len(sample.label) for sample in lab.samples(n=5, length="3")} == {3}


def test_the_charset_is_what_texts_can_have(lab: Any) -> None:
    assert lab.plan(pattern="[0-3]-7?").charset == b"-\n0\n1\n2\n3\n7\n"


def test_lines_of_punctuation_need_no_glyph(lab: Any) -> None:
    (sample,) = lab.samples(n=1, words="-.-")
    assert len(sample.facts["boxes"]) == 3


def test_inverted_lines_are_dark_on_light(lab: Any) -> None:
    light, dark = (lab.samples(n=1, length="3", invert=invert)[0].picture for invert in (False, True))
    np.testing.assert_array_equal(dark, 255 - light)


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"pattern": "[a-c1]"}, "pattern", "nothing here draws 'a', 'b', 'c'; there are '0123456789 +,-./:='"),
        ({"words": "1,x"}, "words", "nothing here draws 'x'"),
        ({"words": "1,,2"}, "words", "words of 1 to 64 characters"),
        ({"words": "1" * 65}, "words", "words of 1 to 64 characters"),
        ({"length": "0"}, "length", "from 1 to 64"),
        ({"length": "5-4"}, "length", "from 1 to 64"),
        ({"length": "5", "words": "1"}, "length", "cannot be combined with `words`"),
        ({"length": "5", "labels": "1"}, "labels", "sets of single glyphs"),
        ({"length": "5", "scale": 2}, "scale", "sets of single glyphs"),
        ({"length": "5", "height": 40}, "height", "one of 32, 48, 64"),
        ({"length": "5", "c1": "3"}, "c1", "unknown"),
        ({"length": "64", "height": 64}, "size", "pixels of a shard"),
    ],
)
def test_a_spec_that_does_not_fit_is_refused_by_parameter(
    lab: Any, query: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(CodeError) as refused:
        lab.plan(**query)
    assert refused.value.field == field
    assert said in refused.value.expected


def test_lines_have_no_classes(lab: Any) -> None:
    with pytest.raises(CodeError, match="grey pictures of 256 classes"):
        lab.shard(0, "images-idx3-ubyte.gz", n=1, length="5")
