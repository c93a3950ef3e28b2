"""Writing on paper: dark on light, the same again, and every degradation by its own strength."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from service.imaging.paper.ruling import WritingLines
from service.imaging.paper.sheet import PaperPicture, put_on_paper
from service.imaging.paper.style import DEGRADATIONS, STYLES, PaperKind, PaperStyle

LINES = WritingLines(32.0, 48.0, 48.0)
KINDS: tuple[PaperKind, ...] = ("notebook", "scan", "photo")


@pytest.fixture
def writing() -> NDArray[np.uint8]:
    """Three strokes, white on black, 48 by 120."""
    line = np.zeros((48, 120), np.uint8)
    line[10:34, 20:24] = line[20:24, 40:90] = line[28:40, 100:104] = 255
    return line


def on(style: PaperStyle, writing: NDArray[np.uint8], number: int = 0, seed: int = 1) -> PaperPicture:
    return put_on_paper(writing, (writing > 0).astype(np.uint8), LINES, style, seed, number)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_dark_ink_on_light_paper(kind: PaperKind, writing: NDArray[np.uint8]) -> None:
    for number in range(20):
        sheet = on(STYLES[kind], writing, number)
        assert sheet.picture.shape == ((48, 120) if kind == "scan" else (48, 120, 3))
        assert sheet.picture.dtype == np.uint8
        assert sheet.mask is not None
        grey = sheet.picture if kind == "scan" else sheet.picture.mean(axis=2)
        assert grey[sheet.mask > 0].mean() < grey[sheet.mask == 0].mean() - 40


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_a_function_of_seed_and_number(kind: PaperKind, writing: NDArray[np.uint8]) -> None:
    first, again, other, seed = (on(STYLES[kind], writing, *of) for of in ((5, 1), (5, 1), (6, 1), (5, 2)))
    np.testing.assert_array_equal(first.picture, again.picture)
    assert not np.array_equal(first.picture, other.picture)
    assert not np.array_equal(first.picture, seed.picture)


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_each_degradation_acts_by_its_strength(name: str, writing: NDArray[np.uint8]) -> None:
    plain = 255 - writing.astype(int)
    weak, strong = (on(PaperStyle().with_strengths(**{name: strength}), writing).picture for strength in (0.2, 1.0))
    assert weak.shape == plain.shape
    changes = [np.abs(picture.astype(int) - plain).mean() for picture in (weak, strong)]
    assert 0 < changes[0] < changes[1]


def test_the_strength_of_one_does_not_change_what_another_draws(writing: NDArray[np.uint8]) -> None:
    views = [on(PaperStyle(perspective=0.5, noise=noise, blur=noise), writing).view for noise in (0.0, 0.7)]
    assert views[0] == views[1]


def test_given_colours_are_used(writing: NDArray[np.uint8]) -> None:
    sheet = put_on_paper(writing, None, LINES, PaperStyle(jpeg=0.01), 1, 0, (0, 0, 200), (250, 240, 200))
    assert abs(sheet.picture[2, 2].astype(int) - (250, 240, 200)).max() < 6
    assert abs(sheet.picture[22, 22].astype(int) - (0, 0, 200)).max() < 40
    ruled = put_on_paper(writing, None, LINES, STYLES["notebook"], 1, 0, (200, 0, 0))
    assert ruled.picture[12:32, 22, 0].mean() > ruled.picture[12:32, 22, 2].mean() + 60


def test_boxes_follow_the_view(writing: NDArray[np.uint8]) -> None:
    for number in range(20):
        sheet = on(PaperStyle(perspective=1.0), writing, number)
        quad = sheet.quad((20, 10, 4, 24))
        ((x, y, width, height),) = sheet.boxes([quad])
        ink = sheet.picture[:, :35] < 100
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        assert x <= columns[0] + 1 and columns[-1] < x + width  # noqa: PT018
        assert y <= rows[0] + 1 and rows[-1] < y + height  # noqa: PT018
        assert height <= 30
        assert width <= 16


def test_clean_paper_leaves_boxes_where_they_are(writing: NDArray[np.uint8]) -> None:
    sheet = on(PaperStyle(noise=0.5), writing)
    quad = sheet.quad((20, 10, 4, 24))
    assert quad == ((20, 10), (24, 10), (24, 34), (20, 34))
    assert sheet.boxes([quad]) == [(20, 10, 4, 24)]


def test_styles() -> None:
    assert STYLES["clean"].is_clean
    assert not PaperStyle(blur=0.1).is_clean
    assert STYLES["photo"].with_strengths(blur=0.0, jpeg=None).blur == 0
    assert STYLES["photo"].with_strengths(jpeg=None) == STYLES["photo"]
