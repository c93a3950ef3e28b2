"""The schedule of the learning rates."""

from __future__ import annotations


def linear_decay(progress: float, start: float) -> float:
    """The factor of every phase's learning rate: 1 until `start`, a share of the run, then linearly towards 0 at 1."""
    return 1.0 if progress < start else (1.0 - progress) / (1.0 - start)
