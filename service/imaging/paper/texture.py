"""Paper that is not even: clouds of brightness, and fibres."""

from __future__ import annotations

import numpy as np

from service.imaging.paper.random_effects import EffectRandom, Field

_CLOUDS, _FIBRES, _GRAIN = 9.0, 7.0, 5.0  # levels, at full strength


def paper_texture(height: int, width: int, strength: float, unit: float, random: EffectRandom) -> Field:
    """What is added to the paper's level in each pixel. `unit` is the height of a line, in pixels."""
    clouds = random.field(height, width, unit, unit) * np.float32(_CLOUDS)
    fibres = random.field(height, width, 1.5, 5.0) * np.float32(_FIBRES)
    grain = random.normal(height, width) * np.float32(_GRAIN / 2)
    texture: Field = (clouds + fibres + grain) * np.float32(strength)
    return texture
