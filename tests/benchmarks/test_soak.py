"""A short form of `make soak`; hang-ups, reloads and stops have theirs among the service's tests."""

from __future__ import annotations

from benchmarks.soak import Finding, overload


def test_ten_times_the_load_is_answered_or_refused() -> None:
    statuses, *_ = overload(2.0, saturate=1.0)
    assert statuses.held, statuses


def test_a_finding_says_what_was_demanded_and_whether_it_held() -> None:
    assert str(Finding("under 5 %", "7 %", held=False)) == "FAILED: under 5 %: 7 %"
