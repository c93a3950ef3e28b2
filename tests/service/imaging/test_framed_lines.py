"""Lines composed by a model's frame: every character keeps its place and its size."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from latent.card import LineFrame
from service.imaging.framed_lines import HandMovement, compose_framed
from service.imaging.lines import ComposedLine, LineStyle
from tests.framed_models import FRAME, glyph

STILL = LineStyle(height=48, baseline_jitter=0.0, baseline_drift=0.0, size_drift=0.0)


def movement(characters: int, **numbers: float) -> HandMovement:
    """A hand that does not move, but for `numbers`."""
    return HandMovement(
        *(np.full(characters, numbers.get(name, 0.5 if name == "offset" else 0.0)) for name in HandMovement._fields)
    )


def glyphs_of(*texts: str) -> NDArray[np.uint8]:
    return np.array([glyph(character) for text in texts for character in text if character != " "])


def write(text: str, style: LineStyle = STILL, masked: bool = False, **numbers: float) -> ComposedLine:
    (line,) = compose_framed([text], glyphs_of(text), [movement(len(text), **numbers)], style, FRAME, masked)
    return line


def test_characters_keep_their_place_and_size() -> None:
    line = write("ag.T'-")
    assert line.picture.shape[0] == 48
    tops_and_bottoms = [(y, y + height) for _, y, _, height in line.boxes]
    assert tops_and_bottoms == [(20, 32), (20, 44), (28, 32), (8, 32), (8, 14), (24, 28)]
    assert {width for _, _, width, _ in line.boxes} == {8}


@pytest.mark.parametrize("height", [32, 48, 64])
@pytest.mark.parametrize("slant", [-0.4, 0.0, 0.5])
def test_every_box_holds_the_ink_of_its_character_and_no_more(height: int, slant: float) -> None:
    line = write("Tag, b-", LineStyle(height=height, slant=slant, kerning=0.0, spacing=0.3), gap=0.5, size=1.0)
    assert line.picture.shape[0] == height
    covered = np.zeros_like(line.picture, bool)
    for character, (x, y, width, tall) in zip("Tag, b-", line.boxes, strict=True):
        part = line.picture[y : y + tall, x : x + width]
        assert part.shape == (tall, width)
        if character == " ":
            assert not part.any()
            continue
        ink = part >= 48
        assert ink[0].any() and ink[-1].any() and ink[:, 0].any() and ink[:, -1].any()  # noqa: PT018
        covered[y : y + tall, x : x + width] = True
    assert not (line.picture[~covered] >= 48).any()


def gap(line: ComposedLine, left: int = 0) -> int:
    first, second = line.boxes[left : left + 2]
    return second[0] - first[0] - first[2]


def test_gaps_are_as_wide_as_asked() -> None:
    assert gap(write("aa", LineStyle(height=48, spacing=0.25, kerning=1.0))) == 12
    assert gap(write("aa", LineStyle(height=48, spacing=0.25), gap=1.0)) == round(12 * 1.4)
    assert write("a a", LineStyle(height=48, word_space=0.5)).boxes[1][2] == 24
    assert write("a a", LineStyle(height=48, word_space=0.5), word_space=-1.0).boxes[1][2] == round(24 * 0.65)


def test_kerning_counts_ink_a_little_above_and_below_as_beside() -> None:
    kerned = LineStyle(height=48, spacing=0.1, kerning=1.0, baseline_jitter=0.0, baseline_drift=0.0, size_drift=0.0)
    assert gap(write(".'", kerned)) < 0  # far apart in height
    assert gap(write("aa", kerned)) == gap(write("a-", kerned)) == 5
    assert gap(write("a'", kerned)) == gap(write("a'", LineStyle(height=48, spacing=0.1, kerning=0.0))) - round(
        0.22 * 48
    )


def test_the_hand_moves_baseline_and_size() -> None:
    style = LineStyle(height=48, baseline_jitter=0.0, baseline_drift=0.1, size_drift=0.25)
    assert [write("a", style, baseline=share).boxes[0][1] for share in (-1.0, 0.0, 1.0)] == [15, 20, 25]
    small, large = (write("T", style, size=share).boxes[0] for share in (-1.0, 1.0))
    assert (small[3], large[3]) == (18, 30)
    assert small[1] + small[3] == large[1] + large[3] == 32  # the baseline stays


def test_nothing_is_cut_off_at_the_edges() -> None:
    line = write("Tg", LineStyle(height=32, baseline_drift=0.2, size_drift=0.5), baseline=1.0, size=1.0)
    assert [height for _, _, _, height in line.boxes] == [24, 24]
    assert all(y + height <= 32 for _, y, _, height in line.boxes)
    full = np.full((1, 48, 48), 255, np.uint8)
    (tall,) = compose_framed(["T"], full, [movement(1, size=1.0)], LineStyle(height=48), FRAME)
    assert tall.boxes[0][3] <= 48


def test_a_line_is_the_same_in_any_batch() -> None:
    texts = ["Tag", "b", "a - b,", "pay " * 16, " "] * 60  # more characters than are composed at once
    rng = np.random.default_rng(1)
    movements = [HandMovement(*rng.uniform(-1, 1, (5, len(text)))) for text in texts]
    style = LineStyle(height=64, slant=0.2)
    together = compose_framed(texts, glyphs_of(*texts), movements, style, FRAME, masked=True)
    for text, moved, line in zip(texts[:10], movements, together, strict=False):
        (alone,) = compose_framed([text], glyphs_of(text).reshape(-1, 48, 48), [moved], style, FRAME, masked=True)
        np.testing.assert_array_equal(alone.picture, line.picture)
        np.testing.assert_array_equal(np.asarray(alone.mask), np.asarray(line.mask))
        assert alone.boxes == line.boxes
    assert len(together) == len(texts)


def test_a_mask_numbers_the_characters() -> None:
    line = write("a b", masked=True)
    assert line.mask is not None
    for number, (x, y, width, height) in ((1, line.boxes[0]), (3, line.boxes[2])):
        assert (line.mask[y : y + height, x : x + width] == number).all()
    assert set(np.unique(line.mask).tolist()) == {0, 1, 3}


def test_a_glyph_without_ink_takes_the_space_of_a_space() -> None:
    (line,) = compose_framed(["ab"], np.zeros((2, 48, 48), np.uint8), [movement(2)], STILL, FRAME)
    assert [width for _, _, width, _ in line.boxes] == [14, 14]
    assert all(a[0] + a[2] <= b[0] for a, b in pairwise(line.boxes))


def test_the_frame_says_where_the_baseline_is() -> None:
    high = LineFrame(baseline=0.25, x_height=0.2)
    (line,) = compose_framed(
        ["a"], glyphs_of("a"), [movement(1, size=-1.0)], LineStyle(height=48, size_drift=0.5), high
    )
    _, y, _, height = line.boxes[0]
    assert y == pytest.approx(12 + (20 - 12) / 2, abs=1)
    assert height == pytest.approx(6, abs=2)


def test_no_lines() -> None:
    empty: list[Any] = []
    assert compose_framed(empty, np.zeros((0, 48, 48), np.uint8), empty, STILL, FRAME) == []
