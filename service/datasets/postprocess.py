"""A generated glyph -> the picture that a spec asks for."""

from __future__ import annotations

import numpy as np
from PIL import Image

from service.datasets.spec import DatasetSpec
from service.imaging.arrays import Picture


def postprocess(picture: Picture, spec: DatasetSpec) -> Picture:
    """A picture in the spec's size and colours, uint8: `scale` repeats pixels, `height` resamples (Lanczos)."""
    if spec.scale:
        picture = picture.repeat(spec.scale, axis=0).repeat(spec.scale, axis=1)
    if spec.height and spec.height != picture.shape[0]:
        width = max(1, round(picture.shape[1] * spec.height / picture.shape[0]))
        picture = np.asarray(Image.fromarray(picture).resize((width, spec.height), Image.Resampling.LANCZOS))
    return 255 - picture if spec.invert else picture


def output_pixels(height: int, width: int, spec: DatasetSpec) -> int:
    """How many pixels a picture of this size has after `postprocess`."""
    if spec.height:
        return spec.height * max(1, round(width * spec.height / height))
    return height * width * (spec.scale or 1) ** 2
