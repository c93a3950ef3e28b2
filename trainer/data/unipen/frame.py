"""The frame that every image shares: where in it the baseline and the x-height are, and how ink is made to fit."""

from __future__ import annotations

import numpy as np

from latent.card import LineFrame
from trainer.data.unipen.recording import Strokes

FRAME = LineFrame(baseline=0.64, x_height=0.24)
"""Room for 1.5 x-heights below the baseline, 2.66 above it and, in a square image, 2.08 to either side."""

_MARGIN = 0.12  # x-heights between a pen's path and the image's edge: half of the widest line
_SHORTENED = 0.6  # of an ascender's or a descender's height is the least that may be left


def fitted(strokes: Strokes, width: float = 1.0) -> Strokes | None:
    """Strokes in x-heights about the baseline, as they fit an image `width` times as wide as it is high; None: not.

    Ascenders and descenders that are too long are shortened above the x-height and below the baseline, so that the
    rest keeps its size; a descender of the length that fits, or a little more, is common.
    """
    x, y = np.concatenate(strokes).T
    below = _share((1 - FRAME.baseline) / FRAME.x_height - _MARGIN, -y.min())
    above = _share(FRAME.baseline / FRAME.x_height - 1 - _MARGIN, y.max() - 1)
    if np.abs(x).max() > width / FRAME.x_height / 2 - _MARGIN or min(below, above) < _SHORTENED:
        return None
    if below == above == 1:
        return strokes
    heights, fit = np.array([-9.0, 0.0, 1.0, 10.0]), np.array([-9.0 * below, 0.0, 1.0, 1.0 + 9.0 * above])
    return tuple(np.column_stack([stroke[:, 0], np.interp(stroke[:, 1], heights, fit)]) for stroke in strokes)


def _share(room: float, needed: float) -> float:
    return 1.0 if needed <= room else room / needed
