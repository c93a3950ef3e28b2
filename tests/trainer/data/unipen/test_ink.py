import numpy as np
import pytest

from trainer.data.unipen import ink

CORNER = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]])


def test_ink_stands_about_its_baseline_and_its_middle():
    first, second = ink.on_line((CORNER * 10 + (50, 7), np.array([[80.0, 27.0]])), baseline=7, x_height=10)
    assert first.tolist() == [[-1.5, 0], [-0.5, 0], [-0.5, 2]]
    assert second.tolist() == [[1.5, 2]]


def test_the_length_is_the_pens_way_on_the_paper():
    assert ink.length((CORNER, np.array([[9.0, 9.0]]), CORNER + 5)) == pytest.approx(6)


def test_points_are_spaced_evenly_and_repeated_ones_are_gone():
    points = ink.resample(np.repeat(CORNER, 3, axis=0), 0.25)
    assert len(points) == 13
    assert np.hypot(*np.diff(points, axis=0).T) == pytest.approx(0.25)
    assert ink.resample(np.zeros((5, 2)), 0.25).tolist() == [[0, 0]]


def test_a_tablets_steps_are_smoothed_and_the_ends_stay():
    line = np.linspace(0, 2, 60)
    stairs = np.column_stack([np.floor(line * 20) / 20, np.floor(line * 10) / 10])
    (smooth,) = ink.smooth((stairs,))
    steps = np.hypot(*np.diff(smooth, axis=0).T)
    assert steps.max() <= ink.STEP * 1.01
    assert smooth[[0, -1]] == pytest.approx(stairs[[0, -1]])
    assert np.abs(smooth[:, 0] - smooth[:, 1]).max() < 0.05 < np.abs(stairs[:, 0] - stairs[:, 1]).max()


@pytest.mark.parametrize("stroke", [[[1.0, 2.0]], [[1.0, 2.0], [1.01, 2.0]]])
def test_a_dot_stays_a_dot(stroke):
    (smooth,) = ink.smooth((np.array(stroke),))
    assert smooth == pytest.approx(np.array(stroke), abs=0.005)
