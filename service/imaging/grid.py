"""Many images -> one picture."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from service.imaging.arrays import Images, Picture, pictures

GAP = 2
PAPER = 128  # grey tells the gap from a digit's black ground and from its white ink


def grid(images: Images, columns: int, scale: int = 1) -> Picture:
    """Images uint8 `(n, C, H, W)` row by row on one picture, `GAP` pixels apart, each pixel `scale` pixels wide."""
    n, channels, height, width = images.shape
    if n == columns == scale == 1:
        picture: Picture = pictures(images)[0]
        return picture
    rows = -(-n // columns)
    # One gap after every image, then all is cut to the last image's edge: no special first or last.
    cells = np.full((rows * columns, height + GAP, width + GAP, channels), PAPER, np.uint8)
    cells[:n, :height, :width] = images.transpose(0, 2, 3, 1)
    sheet = cells.reshape(rows, columns, height + GAP, width + GAP, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (height + GAP), columns * (width + GAP), channels)[:-GAP, :-GAP]
    sheet = sheet.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else sheet
    return sheet[:, :, 0] if channels == 1 else sheet


@lru_cache(maxsize=1024)
def near_square(n: int) -> int:
    """Columns for `n` images: full rows where that stays within twice as wide as high, else the least square."""
    side = math.isqrt(n - 1) + 1
    return next((columns for columns in range(side, 2 * side) if n % columns == 0), side)
