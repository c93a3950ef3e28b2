import numpy as np
import pytest

from trainer.data.unipen.pen import Pen, pen_of

LONG = (np.zeros((4000, 2)),)


def radii(pen, seed=0):
    (radius,) = pen.radii(LONG, np.random.default_rng(seed))
    return radius


def test_a_writer_has_one_pen_by_seed():
    assert pen_of("ann", 0) == pen_of("ann", 0)
    assert len({pen_of("ann", 0), pen_of("bo", 0), pen_of("ann", 1)}) == 3


def test_a_pen_without_pressure_draws_an_even_line_of_its_width():
    radius = radii(Pen(0.2, 0.0))
    assert np.ptp(radius) == 0
    assert radius[0] == pytest.approx(0.1, rel=0.25)
    assert radius[0] != radii(Pen(0.2, 0.0), seed=1)[0]  # no two samples are of quite the same width


def test_pressure_varies_the_width_smoothly():
    radius = radii(Pen(0.2, 0.15))
    assert radius.std() / radius.mean() == pytest.approx(0.15, rel=0.3)
    assert np.abs(np.diff(radius)).max() < 0.3 * radius.std()
    assert radii(Pen(0.2, 3.0)).min() > 0


def test_dots_have_a_width_too():
    (radius,) = Pen(0.2, 0.2).radii((np.zeros((1, 2)),), np.random.default_rng(0))
    assert radius.shape == (1,)


def test_short_strokes_vary_as_long_ones_do():
    pen, rng = Pen(0.2, 0.15), np.random.default_rng(0)
    radii = np.array([pen.radii((np.zeros((5, 2)),), rng)[0].mean() for _ in range(400)])
    assert 0.1 < radii.std() / radii.mean() < 0.2
