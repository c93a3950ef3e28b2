"""A short form of `make soak`; the service's own tests cover disconnects, reloads and shutdowns."""

from __future__ import annotations

from benchmarks.soak import Check, overload


def test_ten_times_the_load_is_answered_or_refused() -> None:
    statuses, *_ = overload(2.0, saturate=1.0)
    assert statuses.passed, statuses


def test_a_check_prints_its_requirement_and_its_result() -> None:
    assert str(Check("under 5 %", "7 %", passed=False)) == "FAILED: under 5 %: 7 %"
