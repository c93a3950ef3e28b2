import numpy as np
import pytest

from trainer.data.unipen import raster
from trainer.data.unipen.frame import FRAME


def draw(points, radius=0.1, height=100, width=None):
    stroke = np.array(points, float)
    return raster.draw((stroke,), (np.full(len(stroke), radius),), height, width)


def test_a_line_is_white_on_black_at_its_place_in_the_frame():
    image = draw([(-1, 0), (1, 0)])
    assert (image.shape, image.dtype) == ((100, 100), np.uint8)
    rows, columns = np.nonzero(image > 127)
    unit = 100 * FRAME.x_height
    assert (rows.mean() + 0.5, columns.mean() + 0.5) == pytest.approx((100 * FRAME.baseline, 50), abs=0.5)
    assert np.ptp(columns) + 1 == pytest.approx(2.2 * unit, abs=1.5)


@pytest.mark.parametrize("height", [24, 64, 200])
def test_ink_covers_the_same_share_of_an_image_of_any_size(height):
    ink = draw([(-1, 0), (1, 1)], height=height).mean() / 255
    length, width = np.hypot(2, 1), 0.2
    assert ink == pytest.approx((length * width + np.pi * 0.1**2) * FRAME.x_height**2, rel=0.05)


def test_edges_are_anti_aliased():
    values = draw([(-1, 0.03), (1, 0.31)])
    assert len(np.unique(values)) > 20


def test_a_dot_is_a_disc():
    image = draw([(0, 0)], radius=0.5) / 255
    assert image.sum() == pytest.approx(np.pi * (0.5 * 100 * FRAME.x_height) ** 2, rel=0.02)


def test_the_line_is_as_wide_as_the_pen_at_each_point():
    stroke = np.array([(-1.0, 0.0), (1.0, 0.0)])
    image = raster.draw((stroke,), (np.array([0.05, 0.25]),), 100) / 255
    heights = image.sum(axis=0)
    assert heights[30] == pytest.approx(2 * 100 * FRAME.x_height * (0.05 + 0.2 * (30.5 - 26) / 48), abs=0.6)
    assert heights[70] > 2.5 * heights[30]


def test_ink_outside_the_image_is_cut_off():
    image = draw([(-9, 0), (9, 0)], height=32, width=64)
    assert image.shape == (32, 64)
    assert (image.max(axis=0) == 255).all()
    assert not draw([(0, 50)]).any()
