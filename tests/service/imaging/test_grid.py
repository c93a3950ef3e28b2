"""A grid holds every image, unchanged and in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.imaging.arrays import pictures
from service.imaging.grid import GAP, GAP_GREY, grid, near_square_columns


@settings(deadline=None)
@given(
    n=st.integers(1, 12),
    columns=st.integers(1, 12),
    channels=st.sampled_from([1, 3]),
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    scale=st.integers(1, 3),
)
def test_every_image_is_in_its_place(n: int, columns: int, channels: int, height: int, width: int, scale: int) -> None:
    images = np.random.default_rng(n).integers(0, 100, (n, channels, height, width), np.uint8)
    picture = grid(images, columns, scale)
    rows = -(-n // columns)
    assert picture.shape[:2] == (
        scale * (rows * (height + GAP) - GAP),
        scale * (columns * (width + GAP) - GAP),
    )
    assert picture.ndim == (2 if channels == 1 else 3)
    small = picture[::scale, ::scale].copy()
    np.testing.assert_array_equal(small.repeat(scale, 0).repeat(scale, 1), picture)
    for i, expected in enumerate(pictures(images)):
        top, left = (i // columns) * (height + GAP), (i % columns) * (width + GAP)
        np.testing.assert_array_equal(small[top : top + height, left : left + width], expected)
        small[top : top + height, left : left + width] = GAP_GREY
    assert (small == GAP_GREY).all()


def test_colours_stay_in_their_channels() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(1, 3, 2, 2)
    assert grid(image, 1)[0, 1].tolist() == [1, 5, 9]


@pytest.mark.parametrize(
    ("n", "columns"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 5), (7, 3), (10, 5), (11, 4), (12, 4), (26, 6), (100, 10)]
)
def test_columns_make_full_rows_if_the_grid_is_not_too_wide(n: int, columns: int) -> None:
    assert near_square_columns(n) == columns
