"""Many glyphs at once: the same as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from service.imaging.glyph_batch import ink_bounds, resize, shear, side_bearings


@pytest.fixture
def glyphs() -> NDArray[np.uint8]:
    """Five random glyphs of 24 by 20, with empty margins; the last one is empty."""
    drawn = np.random.default_rng(0).integers(0, 256, (5, 24, 20)).astype(np.uint8)
    drawn[:, :, :3] = drawn[:, :, 17:] = drawn[:, :2] = 0
    drawn[4] = 0
    return drawn


@pytest.mark.parametrize("height", [17, 24, 40])
def test_a_batch_is_resized_as_pillow_resizes_each_glyph(glyphs: NDArray[np.uint8], height: int) -> None:
    resized = resize(glyphs, height)
    assert resized.shape == (5, height, round(20 * height / 24))
    for glyph, got in zip(glyphs, resized, strict=True):
        by_pillow = np.asarray(Image.fromarray(glyph).resize(got.shape[::-1], Image.Resampling.BICUBIC))
        np.testing.assert_array_equal(got, by_pillow)
        np.testing.assert_array_equal(got, resize(glyph[None], height)[0])


def test_bounds_and_bearings_are_those_of_the_ink() -> None:
    glyphs = np.zeros((2, 6, 8), np.uint8)
    glyphs[0, 1, 2:7] = glyphs[0, 3, 4] = 200
    assert [edge.tolist() for edge in ink_bounds(glyphs)] == [[2, 0], [1, 0], [7, 0], [2, 0]]
    left, right = side_bearings(glyphs, ink_bounds(glyphs))
    assert left[0].tolist() == [8, 0, 8, 2, 8, 8]
    assert right[0].tolist() == [8, 0, 8, 2, 8, 8]
    assert (left[1] == 8).all()


def test_a_speck_that_stands_apart_does_not_count() -> None:
    glyphs = np.zeros((1, 48, 48), np.uint8)
    glyphs[0, 20:32, 20:24] = 255
    glyphs[0, 25, 40] = glyphs[0, 3, 22] = 200
    bounds = ink_bounds(glyphs)
    assert [edge.item() for edge in bounds] == [20, 20, 24, 32]
    assert side_bearings(glyphs, bounds)[1][0, 25] == 0
    dot = np.zeros((1, 48, 48), np.uint8)
    dot[0, 30:32, 23:25] = 160
    assert [edge.item() for edge in ink_bounds(dot)] == [23, 30, 25, 32]


@pytest.mark.parametrize("slant", [-0.5, 0.25])
def test_a_slanted_bar_stays_on_the_baseline_and_keeps_its_ink(slant: float) -> None:
    glyphs = np.zeros((1, 24, 24), np.uint8)
    glyphs[0, 4:16, 10:14] = 255
    sheared = shear(glyphs, slant, 16.0)
    centre = [np.average(np.arange(sheared.shape[2]), weights=row) for row in sheared[0, 4:16]]
    steps = np.diff(centre)
    assert steps == pytest.approx([-slant] * 11, abs=0.02)
    assert centre[-1] - (sheared.shape[2] - 1) / 2 == pytest.approx(slant / 2, abs=0.02)
    np.testing.assert_allclose(sheared.sum(axis=2), glyphs.sum(axis=2), atol=3)


def test_upright_glyphs_are_left_as_they_are(glyphs: NDArray[np.uint8]) -> None:
    assert shear(glyphs, 0.0, 16.0) is glyphs
    assert resize(glyphs, 24) is glyphs
