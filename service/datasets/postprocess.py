"""A drawn glyph -> the picture a query asks for."""

from __future__ import annotations

import numpy as np
from PIL import Image

from service.datasets.spec import Query
from service.imaging.arrays import Picture


def finish(picture: Picture, query: Query) -> Picture:
    """A picture as uint8 of the query's size and ink: `scale` repeats pixels, `height` resamples (Lanczos)."""
    if query.scale:
        picture = picture.repeat(query.scale, axis=0).repeat(query.scale, axis=1)
    if query.height and query.height != picture.shape[0]:
        width = max(1, round(picture.shape[1] * query.height / picture.shape[0]))
        picture = np.asarray(Image.fromarray(picture).resize((width, query.height), Image.Resampling.LANCZOS))
    return 255 - picture if query.invert else picture


def pixels(height: int, width: int, query: Query) -> int:
    """How many pixels such a picture has once finished."""
    if query.height:
        return query.height * max(1, round(width * query.height / height))
    return height * width * (query.scale or 1) ** 2
