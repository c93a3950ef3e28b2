"""The measured rate."""

from __future__ import annotations

import pytest

from service.engine.throughput import Rate


def test_nothing_is_known_before_the_first_batch() -> None:
    assert (Rate().row, Rate().seconds(100)) == (None, 0.0)


def test_batches_weigh_by_their_rows() -> None:
    rate = Rate()
    rate.add(1, 1.0)
    rate.add(99, 9.9)
    assert rate.row == pytest.approx((0.9 + 9.9) / (0.9 + 99))
    assert rate.seconds(2) == pytest.approx(2 * rate.row)


def test_what_is_long_past_is_forgotten() -> None:
    rate = Rate()
    rate.add(1, 1000.0)
    for _ in range(100):
        rate.add(10, 1.0)
    assert rate.row == pytest.approx(0.1, rel=0.01)
