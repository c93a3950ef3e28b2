"""Lines of text: where their characters are, and in which colours."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from service.imaging.lines import LineStyle, colourize, compose
from service.imaging.punctuation import PUNCTUATION, draw_punctuation

STEADY = LineStyle(baseline_jitter=0.0)


def bar(left: int = 10, top: int = 4, width: int = 6, height: int = 20) -> NDArray[np.uint8]:
    """A glyph of one upright bar, 28 by 28."""
    glyph = np.zeros((28, 28), np.uint8)
    glyph[top : top + height, left : left + width] = 255
    return glyph


def write(
    text: str, style: LineStyle = STEADY, glyph: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.uint8], list]:
    glyphs = [bar() if glyph is None else glyph for c in text if c not in PUNCTUATION]
    return compose(text, glyphs, np.full(len(text), 0.5), style)[:2]


@pytest.mark.parametrize("height", [32, 48, 64])
@pytest.mark.parametrize("slant", [-0.4, 0.0, 0.5])
def test_every_box_holds_the_ink_of_its_character_and_no_more(height: int, slant: float) -> None:
    line, boxes = write("1-1 11", LineStyle(height=height, slant=slant, kerning=0.0, baseline_jitter=0.0, spacing=0.2))
    assert line.shape[0] == height
    covered = np.zeros_like(line, bool)
    for character, (x, y, width, tall) in zip("1-1 11", boxes, strict=True):
        part = line[y : y + tall, x : x + width]
        assert part.shape == (tall, width)
        if character == " ":
            assert (part < 48).all()
            continue
        ink = part >= 48
        assert ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()  # noqa: PT018
        covered[y : y + tall, x : x + width] = True
    assert not (line[~covered] >= 48).any()


def test_digits_are_moved_to_one_baseline() -> None:
    pictures = [bar(top=top) for top in (1, 4, 8)]
    _, boxes, _ = compose("111", pictures, np.full(3, 0.5), STEADY)
    assert len({y + height for _, y, _, height in boxes}) == 1
    _, jittered, _ = compose("111", pictures, np.array([0.0, 0.5, 1.0]), LineStyle(baseline_jitter=0.1))
    feet = [y + height for _, y, _, height in jittered]
    assert feet[0] < feet[1] < feet[2] <= 32


def test_spacing_and_kerning_move_characters() -> None:
    def gap(style: LineStyle, glyphs: list[NDArray[np.uint8]]) -> int:
        _, (one, two), _ = compose("11", glyphs, np.full(2, 0.5), style)
        return two[0] - one[0] - one[2]

    bars = [bar(), bar()]
    assert gap(LineStyle(spacing=0.0, kerning=0.0), bars) == 0
    assert gap(LineStyle(spacing=0.5, kerning=0.0), bars) == 16
    assert gap(LineStyle(spacing=0.0, kerning=1.0), bars) == 0  # they touch in every row
    fitting = [
        np.triu(np.full((28, 28), 255, np.uint8))[::-1].copy(),
        np.triu(np.full((28, 28), 255, np.uint8))[:, ::-1].T.copy(),
    ]
    assert gap(LineStyle(spacing=0.0, kerning=1.0), fitting) <= 0


def test_a_slanted_bar_leans_to_the_right() -> None:
    line, _ = write("1", LineStyle(slant=0.5))
    top, bottom = (np.flatnonzero(row >= 48).mean() for row in line[[8, 24]])
    assert top - bottom == pytest.approx(8, abs=1.5)


def test_a_glyph_without_ink_takes_the_width_of_a_space() -> None:
    _, boxes = write("1", glyph=np.zeros((28, 28), np.uint8))
    assert boxes[0][2:] == (11, 32)


def test_punctuation_is_drawn_within_the_line() -> None:
    for character in PUNCTUATION - {" "}:
        picture = draw_punctuation(character, 48)
        assert picture.shape[0] == 48
        assert picture.max() == 255
        assert picture[0].max() == 0
    assert draw_punctuation(" ", 32).max() == 0


def test_colours_are_interpolated_from_paper_to_ink() -> None:
    line = np.array([[0, 128, 255]], np.uint8)
    assert colourize(line, (0, 0, 0), (255, 255, 255)).tolist() == [[255, 127, 0]]
    assert colourize(line, (255, 0, 0), (0, 0, 0)).tolist() == [[[0, 0, 0], [128, 0, 0], [255, 0, 0]]]
