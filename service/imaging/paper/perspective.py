"""Projective maps: a sheet that is seen askew, and where its points are then.

Coordinates are continuous: the pixel in column 0 reaches from 0 to 1. Closed forms in Python's floats, so that every
processor computes the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.imaging.arrays import Picture
from service.imaging.lines import Box
from service.imaging.paper.random_effects import EffectRandom

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
"""The corners of what was a box: upper left, upper right, lower right, lower left; x and y in pixels."""

_INSET = 0.28  # of the unit, at full strength: how far a corner moves inwards, at most


@dataclass(frozen=True)
class Homography:
    """A projective map, by the rows of its matrix; `(x, y, 1)` is mapped to multiples of the result."""

    rows: tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

    @classmethod
    def of_rectangle(cls, width: float, height: float, corners: Quad) -> Homography:
        """The map of the rectangle from (0, 0) to (`width`, `height`) to `corners` (Heckbert 1989, section 2.2.3)."""
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
        sum_x, sum_y = x0 - x1 + x2 - x3, y0 - y1 + y2 - y3
        dx1, dy1, dx2, dy2 = x1 - x2, y1 - y2, x3 - x2, y3 - y2
        determinant = dx1 * dy2 - dx2 * dy1
        g, h = (sum_x * dy2 - dx2 * sum_y) / determinant, (dx1 * sum_y - sum_x * dy1) / determinant
        return cls(
            (
                ((x1 - x0 + g * x1) / width, (x3 - x0 + h * x3) / height, x0),
                ((y1 - y0 + g * y1) / width, (y3 - y0 + h * y3) / height, y0),
                (g / width, h / height, 1.0),
            )
        )

    @property
    def inverse(self) -> Homography:
        """The map back."""
        (a, b, c), (d, e, f), (g, h, i) = self.rows
        adjugate = (
            (e * i - f * h, c * h - b * i, b * f - c * e),
            (f * g - d * i, a * i - c * g, c * d - a * f),
            (d * h - e * g, b * g - a * h, a * e - b * d),
        )
        last = adjugate[2][2]
        rows = tuple(tuple(number / last for number in row) for row in adjugate)
        return Homography(rows)  # type: ignore[arg-type]

    def point(self, x: float, y: float) -> Point:
        """Where a point is mapped to."""
        (a, b, c), (d, e, f), (g, h, i) = self.rows
        w = g * x + h * y + i
        return (a * x + b * y + c) / w, (d * x + e * y + f) / w

    def quad(self, box: Box) -> Quad:
        """Where the corners of a box are mapped to, to a hundredth of a pixel."""
        x, y, width, height = box
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        first, second, third, fourth = (
            (round(u, 2), round(v, 2)) for u, v in (self.point(*corner) for corner in corners)
        )
        return first, second, third, fourth

    def warp(self, picture: NDArray[np.uint8], width: int, height: int, dx: int, dy: int, smooth: bool) -> Picture:
        """A picture, whose first pixel is at (-`dx`, -`dy`), mapped into one of `width` by `height`."""
        (a, b, c), (d, e, f), (g, h, _) = self.inverse.rows
        # The inverse, moved by (dx, dy): x + dx = (a x + b y + c) / w + dx.
        coefficients = (a + dx * g, b + dx * h, c + dx, d + dy * g, e + dy * h, f + dy, g, h)
        resampling = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
        warped = Image.fromarray(picture).transform(
            (width, height), Image.Transform.PERSPECTIVE, coefficients, resampling
        )
        return np.asarray(warped)

    def overhang(self, width: int, height: int) -> tuple[int, int, int, int]:
        """How far what is seen in `width` by `height` reaches beyond the rectangle: left, top, right, bottom."""
        back = self.inverse
        seen = [back.point(x, y) for x in (0, width) for y in (0, height)]
        xs, ys = [x for x, _ in seen], [y for _, y in seen]
        beyond = (-min(xs), -min(ys), max(xs) - width, max(ys) - height)
        left, top, right, bottom = (max(0, math.ceil(distance)) for distance in beyond)
        return left, top, right, bottom


def draw_view(width: int, height: int, strength: float, unit: float, random: EffectRandom) -> Homography | None:
    """How a sheet is seen: each corner moves inwards by a random distance; None if it stays as it is.

    All of the sheet stays in the picture. `unit` is the height of a line, in pixels.
    """
    if not strength:
        return None
    most = _INSET * strength * unit
    moved = [(random.uniform(0, min(most, width / 4)), random.uniform(0, min(most, height / 4))) for _ in range(4)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = moved
    corners = ((x0, y0), (width - x1, y1), (width - x2, height - y2), (x3, height - y3))
    return Homography.of_rectangle(width, height, corners)


def bounding_box(quad: Quad, width: int, height: int) -> Box:
    """The smallest box of whole pixels around a quadrilateral, within a picture of `width` by `height`."""
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
    return left, top, min(width, math.ceil(max(xs))) - left, min(height, math.ceil(max(ys))) - top
