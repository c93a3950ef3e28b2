"""Pages: where words stand, when lines are full, and what a page does not hold."""

from __future__ import annotations

from itertools import pairwise, repeat

import numpy as np
import pytest

from service.imaging.framed_lines import HandMovement, compose_framed
from service.imaging.lines import LineStyle
from service.imaging.pages import ComposedPage, LineStart, PageFullError, PageStyle, Word, compose_page, union
from tests.framed_models import FRAME, glyph

SMALL = PageStyle(width=300, height=260, margin=0.1, line_spacing=1.25)
STRAIGHT = LineStart(0.0, 0.0)


def words(*texts: str) -> list[Word]:
    """The words of texts, 48 high, with a space of 14 in front."""
    style = LineStyle(height=48, baseline_jitter=0.0, baseline_drift=0.0, size_drift=0.0)
    of = [(word, number) for number, text in enumerate(texts) for word in text.split()]
    movements = [HandMovement(np.full(len(w), 0.5), *[np.zeros(len(w))] * 4) for w, _ in of]
    glyphs = np.array([glyph(character) for word, _ in of for character in word])
    composed = compose_framed([word for word, _ in of], glyphs, movements, style, FRAME)
    return [Word(word, line, 14.0, number) for (word, number), line in zip(of, composed, strict=True)]


def page(*texts: str, style: PageStyle = SMALL, start: LineStart = STRAIGHT, may_stop: bool = False) -> ComposedPage:
    return compose_page(words(*texts), repeat(start), style, may_stop)


def test_each_text_begins_a_line_and_goes_on_in_the_next() -> None:
    composed = page("Tag be", "pay " * 7)
    assert [line.text for line in composed.lines] == ["Tag be", "pay pay pay pay pay", "pay pay"]
    assert composed.texts == 2
    assert composed.picture.shape == (260, 300)


def test_lines_are_a_pitch_apart_and_within_the_margins() -> None:
    composed = page("TTT T", "TT", "T")
    tops = [line.box[1] for line in composed.lines]
    assert np.diff(tops).tolist() == [60, 60]
    assert all(line.box[0] == 30 for line in composed.lines)
    assert all(x + width <= 271 for x, _, width, _ in (line.box for line in composed.lines))


def test_boxes_hold_ink_and_each_other() -> None:
    composed = page("Tag be,", "pay - go")
    covered = np.zeros_like(composed.picture, bool)
    for line in composed.lines:
        assert line.box == union([word.box for word in line.words])
        for before, after in pairwise(line.words):
            assert after.box[0] - before.box[0] - before.box[2] == 14
        for word in line.words:
            assert word.box == union(word.characters)
            for x, y, width, height in word.characters:
                assert composed.picture[y : y + height, x : x + width].min() == 255
                covered[y : y + height, x : x + width] = True
    assert not composed.picture[~covered].any()


def test_lines_may_be_indented_and_sink() -> None:
    (line,) = page("T T T T T T", start=LineStart(10.0, 12.0)).lines
    assert line.box[0] == 40
    tops = [word.box[1] for word in line.words]
    assert tops == sorted(tops)
    assert 6 <= tops[-1] - tops[0] <= 12


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(PageFullError) as full:
        page("a", "b", "be " * 40)
    assert (full.value.text, full.value.lines, full.value.is_wide) == (2, 3, False)
    with pytest.raises(PageFullError) as wide:
        page("a", "Tagtagtagtagtagtagtagtag")
    assert (wide.value.text, wide.value.is_wide) == (1, True)
    with pytest.raises(PageFullError) as unwrapped:
        page("pay " * 12, style=PageStyle(300, 260, wrap=False))
    assert unwrapped.value.is_wide
    with pytest.raises(PageFullError) as flat:
        page("a", style=PageStyle(300, 64, margin=0.2))
    assert flat.value.lines == 0


def test_a_page_may_stop_before_a_text_that_does_not_fit_as_a_whole() -> None:
    composed = page("a", "b", "be " * 40, "c", may_stop=True)
    assert (composed.texts, [line.text for line in composed.lines]) == (2, ["a", "b"])
    assert not composed.picture[130:].any()
    with pytest.raises(PageFullError):
        page("be " * 40, may_stop=True)
