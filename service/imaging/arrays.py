"""What the engine gives and the pictures are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
"""A batch as generators draw it, uint8 `(n, C, H, W)`, 0 = black."""

Picture = NDArray[np.uint8]
"""One picture as files hold it: grey uint8 `(H, W)`, or colour uint8 `(H, W, 3)`."""


def pictures(images: Images) -> NDArray[np.uint8]:
    """A batch as pictures, uint8: `(n, H, W)` for one channel, `(n, H, W, 3)` for three."""
    return images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)
