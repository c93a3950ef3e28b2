"""Uneven light: brighter on one side, and the soft shadow of a hand or a phone."""

from __future__ import annotations

import numpy as np

from service.imaging.paper.random_effects import EffectRandom, Field

_SLOPE, _SHADE = 0.35, 0.45  # of the light that is missing in the darkest place, at full strength
_PAGE_SHARE = 0.25  # of the shorter side of a page: what stands for the height of a line


def light(height: int, width: int, strength: float, unit: float, random: EffectRandom) -> Field:
    """The share of the light that reaches each pixel. `unit` is the height of a line, in pixels."""
    across, down = random.uniform(-1, 1), random.uniform(-1, 1)
    x = np.linspace(-across / 2, across / 2, width, dtype=np.float32)
    y = np.linspace(-down / 2, down / 2, height, dtype=np.float32)
    slope = (y[:, None] + x[None, :] + np.float32(abs(across) / 2 + abs(down) / 2)) * np.float32(0.5 * _SLOPE)
    reach = random.uniform(2, 6) * max(unit, _PAGE_SHARE * min(height, width))
    shade = np.maximum(random.field(height, width, reach, reach) - np.float32(random.uniform(-0.2, 0.6)), np.float32(0))
    reached: Field = np.float32(1) - (slope + shade * np.float32(_SHADE)) * np.float32(strength)
    return reached
