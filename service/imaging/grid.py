"""Many images -> one picture, in rows and columns."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from service.imaging.arrays import Images, Picture, pictures

GAP = 2  # pixels
GAP_GREY = 128  # distinct both from the black background and from the white ink of a digit


def grid(images: Images, columns: int, scale: int = 1) -> Picture:
    """Images uint8 `(n, C, H, W)`, row by row, `GAP` pixels apart; then `scale` enlarges it by repeating pixels."""
    n, channels, height, width = images.shape
    if n == columns == scale == 1:
        picture: Picture = pictures(images)[0]
        return picture
    rows = -(-n // columns)
    # Every image gets a gap to its right and below; the outermost gaps are cut off at the end.
    cells = np.full((rows * columns, height + GAP, width + GAP, channels), GAP_GREY, np.uint8)
    cells[:n, :height, :width] = images.transpose(0, 2, 3, 1)
    sheet = cells.reshape(rows, columns, height + GAP, width + GAP, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * (height + GAP), columns * (width + GAP), channels)[:-GAP, :-GAP]
    sheet = sheet.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else sheet
    return sheet[:, :, 0] if channels == 1 else sheet


@lru_cache(maxsize=1024)
def near_square_columns(n: int) -> int:
    """How many columns to lay `n` images out in.

    With `side` the side of the smallest square that holds `n`: the least number from `side` to below `2 * side` that
    divides `n`, so that all rows are full; if there is none, `side`.
    """
    side = math.isqrt(n - 1) + 1
    return next((columns for columns in range(side, 2 * side) if n % columns == 0), side)
