"""The array types that the engine returns and that pictures are made from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
"""A batch as generators return it: uint8 `(n, C, H, W)`, 0 = black."""

Picture = NDArray[np.uint8]
"""One picture as image files store it: uint8 `(H, W)` in grey, or `(H, W, 3)` in RGB."""


def pictures(images: Images) -> NDArray[np.uint8]:
    """A batch as pictures, uint8: `(n, H, W)` for one channel, `(n, H, W, 3)` for three. A view, not a copy."""
    return images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)
