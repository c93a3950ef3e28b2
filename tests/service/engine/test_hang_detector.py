"""Inferences that do not come back."""

from __future__ import annotations

from service.engine.hang_detector import HangDetector


def test_the_longest_running_inference_counts() -> None:
    now = 0.0
    hangs = HangDetector(lambda: now)
    assert hangs.longest() == (0.0, "")
    with hangs.track("first"):
        now = 2.0
        with hangs.track("second"):
            now = 3.0
            assert hangs.longest() == (3.0, "first")
            assert hangs.reason(2.0) == "first: an inference has not come back for 3 s"
            assert hangs.reason(3.0) is None
    assert hangs.longest() == (0.0, "")
