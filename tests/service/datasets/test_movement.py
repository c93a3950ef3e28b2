"""How hands move along lines: slowly, each line differently, and the same again."""

from __future__ import annotations

import numpy as np

from service.datasets.movement import hand_movements


def _movements(seed: int, lines: list[int], length: int = 64) -> list[np.ndarray]:
    offsets = np.full((len(lines), 64), 0.5)
    return [np.array(movement) for movement in hand_movements(seed, lines, [length] * len(lines), offsets)]


def test_waves_are_slow_and_within_bounds() -> None:
    moved = np.array(_movements(3, list(range(200))))
    assert abs(moved[:, 1:]).max() <= 1
    steps = abs(np.diff(moved[:, 1:3], axis=2))
    assert steps.max() < 0.55  # half a period takes six characters at least
    assert steps.mean() < 0.15
    assert np.ptp(moved[:, 1:3], axis=2).mean() > 0.5


def test_gaps_have_a_share_of_the_writer() -> None:
    moved = np.array(_movements(3, list(range(200))))
    of_writer = moved[:, 3].mean(axis=1)
    assert 0.2 < of_writer.std() < 0.4
    assert 0.2 < moved[:, 3].std(axis=1).mean() < 0.4


def test_a_line_moves_the_same_whatever_is_asked_with_it() -> None:
    (alone,), among = _movements(7, [5], 20), _movements(7, [1, 5, 9])
    np.testing.assert_array_equal(alone, among[1][:, :20])
    assert not np.array_equal(among[0], among[1])
    assert not np.array_equal(_movements(8, [5])[0], among[1])
