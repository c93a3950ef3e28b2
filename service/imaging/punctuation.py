"""Marks between characters, as a pen makes them: what writing has and sets of characters leave out."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from service.imaging.arrays import Picture

_FINE = 4  # times finer than the picture: what is drawn without grey edges gets them as it shrinks
_PEN = 0.075  # of the height

# Lines of points, as shares of the height from the upper left; a line of one point is a dot.
_MARKS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    " ": (),
    "-": (((0.08, 0.54), (0.38, 0.52)),),
    "+": (((0.06, 0.54), (0.44, 0.53)), ((0.25, 0.35), (0.24, 0.73))),
    "=": (((0.08, 0.46), (0.42, 0.45)), ((0.08, 0.64), (0.42, 0.63))),
    ".": (((0.08, 0.83),),),
    ",": (((0.12, 0.8), (0.05, 0.94)),),
    ":": (((0.08, 0.42),), ((0.08, 0.8),)),
    "/": (((0.06, 0.88), (0.4, 0.12)),),
}

MARKS = frozenset(_MARKS)
"""The characters that `mark` draws."""

SPACE = 0.35
"""Width of a space, as a share of the height."""


def mark(character: str, height: int) -> Picture:
    """A mark in white on black, grey uint8 `(height, width)`, standing on the line that digits stand on."""
    size = height * _FINE
    sheet = Image.new("L", (size // 2 + 1, size))
    pen, draw = max(1, round(_PEN * size)), ImageDraw.Draw(sheet)
    for points in _MARKS[character]:
        places = [(x * size, y * size) for x, y in points]
        draw.line(places * 2 if len(places) == 1 else places, fill=255, width=pen)
        for x, y in places:  # round ends
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return np.asarray(sheet.resize((sheet.width // _FINE, height), Image.Resampling.BOX))
