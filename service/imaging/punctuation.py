"""Punctuation and the space, drawn as pen strokes: lines of text need them, and the data sets do not have them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from service.imaging.arrays import Picture

_SUPERSAMPLING = 4  # strokes are drawn larger without anti-aliasing, and get it from the reduction
_PEN_WIDTH = 0.075  # as a share of the height

# Strokes of points (x, y) from the upper left, as shares of the height. A stroke of one point is a dot.
_STROKES: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    " ": (),
    "-": (((0.08, 0.54), (0.38, 0.52)),),
    "+": (((0.06, 0.54), (0.44, 0.53)), ((0.25, 0.35), (0.24, 0.73))),
    "=": (((0.08, 0.46), (0.42, 0.45)), ((0.08, 0.64), (0.42, 0.63))),
    ".": (((0.08, 0.83),),),
    ",": (((0.12, 0.8), (0.05, 0.94)),),
    ":": (((0.08, 0.42),), ((0.08, 0.8),)),
    "/": (((0.06, 0.88), (0.4, 0.12)),),
}

PUNCTUATION = frozenset(_STROKES)
"""The characters that `draw_punctuation` draws."""

SPACE_WIDTH = 0.35
"""As a share of the height."""


def draw_punctuation(character: str, height: int) -> Picture:
    """A punctuation mark in white on black, uint8 `(height, width)`, on the baseline that digits stand on."""
    size = height * _SUPERSAMPLING
    sheet = Image.new("L", (size // 2 + 1, size))
    pen, draw = max(1, round(_PEN_WIDTH * size)), ImageDraw.Draw(sheet)
    for stroke in _STROKES[character]:
        points = [(x * size, y * size) for x, y in stroke]
        draw.line(points * 2 if len(points) == 1 else points, fill=255, width=pen)
        for x, y in points:  # round ends
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(sheet.resize((sheet.width // _SUPERSAMPLING, height), Image.Resampling.BOX))
