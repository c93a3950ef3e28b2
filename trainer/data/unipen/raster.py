"""Strokes drawn as pixels: a stroke is every disc of the pen's radius along its path."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trainer.data.unipen.frame import FRAME
from trainer.data.unipen.recording import Strokes

_DENSITY = 4  # discs a pixel of the path; the edge is then off by less than a hundredth of a pixel


def draw(
    strokes: Strokes, radii: tuple[NDArray[np.float64], ...], height: int, width: int | None = None
) -> NDArray[np.uint8]:
    """White ink on black, uint8 `(height, width)`, square without a `width`.

    `strokes` and `radii` are in x-heights, y upwards from the baseline, x from the middle of the image; ink outside the
    image is cut off.
    """
    width = width or height
    unit = FRAME.x_height * height
    x, y, radius = np.concatenate(
        [_dense(np.column_stack([stroke, own]) * unit) for stroke, own in zip(strokes, radii, strict=True)]
    ).T
    x, y = x + width / 2, FRAME.baseline * height - y
    reach = int(np.ceil(radius.max() + 0.5))
    window = np.arange(-reach, reach + 1)
    columns = np.floor(x).astype(np.int64)[:, None, None] + window[None, None, :]
    rows = np.floor(y).astype(np.int64)[:, None, None] + window[None, :, None]
    distance = np.hypot(columns + 0.5 - x[:, None, None], rows + 0.5 - y[:, None, None])
    coverage = np.clip(radius[:, None, None] + 0.5 - distance, 0.0, 1.0)
    inside = (coverage > 0) & (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    ink = np.zeros(height * width)
    np.maximum.at(ink, (rows * width + columns)[inside], coverage[inside])
    return np.rint(255 * ink).astype(np.uint8).reshape(height, width)


def _dense(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """A path `(n, 3)` of x, y and radius in pixels, with `_DENSITY` points a pixel between those it has."""
    if len(path) == 1:
        return path
    longest = np.hypot(*np.diff(path[:, :2], axis=0).T).max()
    between = max(int(np.ceil(longest * _DENSITY)), 1)
    places = np.arange((len(path) - 1) * between + 1) / between
    return np.stack([np.interp(places, np.arange(len(path)), column) for column in path.T], axis=1)
