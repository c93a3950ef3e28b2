"""The measured throughput."""

from __future__ import annotations

import pytest

from service.engine.throughput import Throughput


def test_nothing_is_known_before_the_first_batch() -> None:
    assert (Throughput().seconds_per_row, Throughput().estimate(100)) == (None, 0.0)


def test_batches_weigh_by_their_rows() -> None:
    throughput = Throughput()
    throughput.record(1, 1.0)
    throughput.record(99, 9.9)
    assert throughput.seconds_per_row == pytest.approx((0.9 + 9.9) / (0.9 + 99))
    assert throughput.estimate(2) == pytest.approx(2 * throughput.seconds_per_row)


def test_what_is_long_past_no_longer_counts() -> None:
    throughput = Throughput()
    throughput.record(1, 1000.0)
    for _ in range(100):
        throughput.record(10, 1.0)
    assert throughput.seconds_per_row == pytest.approx(0.1, rel=0.01)
