"""A lens out of focus, or a scanner's optics."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from service.imaging.arrays import Picture

_RADIUS = 0.035  # of the unit, at full strength


def blurred(picture: Picture, strength: float, unit: float) -> Picture:
    """A picture with every point spread. `unit` is the height of a line, in pixels."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(_RADIUS * strength * unit)))
