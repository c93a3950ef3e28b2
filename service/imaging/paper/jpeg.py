"""What JPEG compression leaves of a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from service.imaging.arrays import Picture

_BEST, _WORST = 95, 15  # quality


def compressed(picture: Picture, strength: float) -> Picture:
    """A picture written as JPEG and read back."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=round(_BEST - (_BEST - _WORST) * strength))
    return np.asarray(Image.open(file))
