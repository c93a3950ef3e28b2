"""The noise of a sensor."""

from __future__ import annotations

import numpy as np

from service.imaging.arrays import Picture
from service.imaging.paper.random_effects import EffectRandom

_LEVELS = 22.0  # standard deviation at full strength


def noisy(picture: Picture, strength: float, random: EffectRandom) -> Picture:
    """A picture with normal noise, independent in every pixel and channel."""
    noise = random.normal(*picture.shape) * np.float32(_LEVELS * strength)
    levels = np.clip(np.rint(picture + noise), np.float32(0), np.float32(255))
    return levels.astype(np.uint8)
