import numpy as np
import pytest

from trainer.data.unipen.frame import FRAME, fitted


def line(*points):
    return (np.array(points, float),)


def test_ink_that_fits_is_left_as_it_is():
    strokes = line((-1, -1.2), (1, 2.4))
    assert fitted(strokes) is strokes


@pytest.mark.parametrize(("bottom", "top"), [(-2, 1), (0, 3), (-2, 3)])
def test_what_is_too_long_is_shortened_outside_the_x_height(bottom, top):
    (fit,) = fitted(line((0, bottom), (0, 0), (0.5, 0.5), (0, 1), (0, top)))
    assert fit[1:4].tolist() == [[0, 0], [0.5, 0.5], [0, 1]]
    y = fit[:, 1]
    assert FRAME.baseline - y.max() * FRAME.x_height > 0
    assert FRAME.baseline - y.min() * FRAME.x_height < 1
    assert (y.min(), y.max()) != (bottom, top)


@pytest.mark.parametrize("points", [((0, -3), (0, 0)), ((0, 0), (0, 4.5)), ((-2.1, 0), (2.1, 0))])
def test_what_is_much_too_large_does_not_fit(points):
    assert fitted(line(*points)) is None


def test_a_wider_image_takes_wider_ink():
    strokes = line((-4, 0), (4, 0))
    assert fitted(strokes) is None
    assert fitted(strokes, width=4) is strokes
