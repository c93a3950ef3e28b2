"""Projective maps of sheets, and what becomes of boxes."""

from __future__ import annotations

import numpy as np
import pytest

from service.imaging.paper.perspective import Homography, Quad, bounding_box, draw_view
from service.imaging.paper.random_effects import EffectRandom

CORNERS: Quad = ((4.0, 3.0), (95.0, 8.0), (90.0, 44.0), (1.0, 40.0))


def test_corners_are_mapped_to_corners_and_back() -> None:
    view = Homography.of_rectangle(100, 50, CORNERS)
    for (x, y), corner in zip(((0, 0), (100, 0), (100, 50), (0, 50)), CORNERS, strict=True):
        assert view.point(x, y) == pytest.approx(corner)
        assert view.inverse.point(*corner) == pytest.approx((x, y), abs=1e-9)
    assert view.quad((0, 0, 100, 50)) == CORNERS


def test_a_warped_picture_agrees_with_the_map_of_points() -> None:
    view = Homography.of_rectangle(100, 50, CORNERS)
    picture = np.zeros((60, 110), np.uint8)  # begins at (-6, -4)
    picture[4 + 20 : 4 + 26, 6 + 70 : 6 + 76] = 255
    warped = view.warp(picture, 100, 50, 6, 4, smooth=True)
    weights = warped.astype(float)
    centre = (
        np.average(np.arange(100) + 0.5, weights=weights.sum(0)),
        np.average(np.arange(50) + 0.5, weights=weights.sum(1)),
    )
    assert centre == pytest.approx(view.point(73, 23), abs=0.15)


def test_what_is_seen_beyond_the_sheet_is_within_the_overhang() -> None:
    view = Homography.of_rectangle(100, 50, CORNERS)
    left, top, right, bottom = view.overhang(100, 50)
    assert min(left, top, right, bottom) >= 1
    white = np.full((50 + top + bottom, 100 + left + right), 255, np.uint8)
    assert view.warp(white, 100, 50, left, top, smooth=False).min() == 255


def test_a_view_keeps_the_sheet_within_the_picture() -> None:
    for number in range(50):
        view = draw_view(100, 50, 1.0, 48.0, EffectRandom(3, 0, number))
        assert view
        for x, y in view.quad((0, 0, 100, 50)):
            assert 0 <= x <= 100
            assert 0 <= y <= 50
    assert draw_view(100, 50, 0.0, 48.0, EffectRandom(3, 0, 0)) is None


def test_the_bounding_box_is_of_whole_pixels_within_the_picture() -> None:
    assert bounding_box(((1.2, 2.0), (9.1, 1.5), (9.9, 7.0), (1.0, 7.2)), 50, 50) == (1, 1, 9, 7)
    assert bounding_box(((-3.0, 2.0), (9.0, 2.0), (9.0, 60.0), (0.0, 7.0)), 50, 50) == (0, 2, 9, 48)
