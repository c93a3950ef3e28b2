"""Ink that varies: more or less of it along the strokes, and gaps where the paper is rough."""

from __future__ import annotations

import numpy as np

from service.imaging.paper.random_effects import EffectRandom, Field

_FADING, _GRAIN, _PRESSURE = 0.45, 0.5, 0.6


def vary_ink(coverage: Field, strength: float, unit: float, random: EffectRandom) -> Field:
    """The share of each pixel that ink covers, from 0 to 1, changed. `unit` is the height of a line, in pixels."""
    height, width = coverage.shape
    # Edges that are half covered get more ink or less, as if the pen were wider or narrower.
    pressure = random.field(height, width, unit, 2 * unit) * np.float32(_PRESSURE * strength)
    edges = coverage * (np.float32(1) - coverage)
    fading = (random.field(height, width, unit / 2, unit / 2) + np.float32(1)) * np.float32(_FADING * strength / 2)
    grain = random.bytes(height, width).astype(np.float32) * np.float32(1 / 255)
    grain = np.maximum(grain - np.float32(0.5), np.float32(0)) * np.float32(_GRAIN * strength)
    varied = (coverage + edges * pressure) * (np.float32(1) - fading - grain)
    clipped: Field = np.clip(varied, np.float32(0), np.float32(1))
    return clipped
