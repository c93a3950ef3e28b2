"""Characters cut out of a page, of unknown size -> images that have a model's line frame."""

from __future__ import annotations

import numpy as np
from PIL import Image

from latent.card import ImageShape, LineFrame
from service.imaging.arrays import Images, Picture

_INK_THRESHOLD = 96  # of ink whose darkest pixel is 255

EXTENTS = ((1.0, 0.0), (2.0, 0.0), (1.0, 1.0), (2.0, 1.0))
"""How far a character may reach above and below the baseline, in x-heights: as `x`, `X`, `p` and `f` do."""


def frame_candidates(ink: Picture, frame: LineFrame, shape: ImageShape) -> Images:
    """A character, light on dark, at each place on the line that it may have: uint8 `(1 + len(EXTENTS), C, H, W)`.

    The first is the picture as it is, fitted into the image: right for what has the frame already.
    """
    whole = _paste(ink, shape, 0.0, float(shape.height))
    rows, columns = (np.flatnonzero((ink >= _INK_THRESHOLD).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.stack([whole] * (1 + len(EXTENTS)))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    unit, baseline = frame.x_height * shape.height, frame.baseline * shape.height
    placed = [_paste(cut, shape, baseline - above * unit, baseline + below * unit) for above, below in EXTENTS]
    return np.stack([whole, *placed])


def _paste(ink: Picture, shape: ImageShape, top: float, bottom: float) -> Images:
    """An image with `ink` scaled to fit between two rows, centred, as uint8 `(C, H, W)`."""
    scale = min((bottom - top) / ink.shape[0], shape.width / ink.shape[1])
    width, height = (max(1, round(side * scale)) for side in (ink.shape[1], ink.shape[0]))
    resampling = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    resized = Image.fromarray(ink).resize((width, height), resampling)
    sheet = Image.new("L", (shape.width, shape.height))
    sheet.paste(resized, ((shape.width - width) // 2, round((top + bottom - height) / 2)))
    return np.repeat(np.asarray(sheet)[None], shape.channels, axis=0)
