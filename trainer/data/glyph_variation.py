"""Random variation between images of one drawing: affine map, elastic deformation, stroke thickness and ink bleed.

Points are arrays `(2, n, n)` of y and x, in units of the image's side with the origin at its centre. Both
deformations map points of the image to points of the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

Floats = NDArray[np.float64]

ROTATION = 0.08  # radians to either side
SHEAR = 0.12  # sideways per unit of height, to either side
STRETCH = (0.88, 1.04)  # of width and of height, independently
SHIFT = 0.02  # of the image's side, in every direction
KNOT_DEVIATION = 0.012  # of the image's side: standard deviation of the offset of a knot of the elastic grid
KNOTS = 6  # knots of the elastic grid along a side
THICKNESS = (0.9, 1.3)  # factor on the drawing's own stroke width
BLEED = (1.0, 2.0)  # width of the ink's edge in pixels; 1 is a sharp, anti-aliased edge


@dataclass(frozen=True)
class Variation:
    """The parameters of one random variation: see `inverse_affine`, `elastic` and `ink`."""

    rotation: float
    shear: float
    stretch: Floats
    shift: Floats
    knots: Floats
    thickness: float
    bleed: float


def draw(rng: np.random.Generator) -> Variation:
    """A random variation: the knots are normal, all else is uniform within its range."""
    return Variation(
        rotation=rng.uniform(-ROTATION, ROTATION),
        shear=rng.uniform(-SHEAR, SHEAR),
        stretch=rng.uniform(*STRETCH, 2),
        shift=rng.uniform(-SHIFT, SHIFT, 2),
        knots=rng.normal(0.0, KNOT_DEVIATION, (2, KNOTS, KNOTS)),
        thickness=rng.uniform(*THICKNESS),
        bleed=rng.uniform(*BLEED),
    )


def grid(size: int) -> Floats:
    """The centres of an image's pixels, `(2, size, size)`."""
    axis = (np.arange(size) + 0.5) / size - 0.5
    return np.stack(np.meshgrid(axis, axis, indexing="ij"))


def inverse_affine(points: Floats, rotation: float, shear: float, stretch: Floats, shift: Floats) -> Floats:
    """Map points of the image to points of the drawing: the inverse of an affine map.

    The map stretches height and width, moves the top to the right by `shear` of the height, rotates clockwise by
    `rotation` radians and shifts y and x, in this order.
    """
    cos, sin = np.cos(rotation), np.sin(rotation)
    forward = np.array([[cos, sin], [-sin, cos]]) @ np.array([[1.0, 0.0], [-shear, 1.0]]) @ np.diag(stretch)
    moved: Floats = np.einsum("ij,j...->i...", np.linalg.inv(forward), points - shift[:, None, None])
    return moved


def elastic(points: Floats, knots: Floats) -> Floats:
    """Displace the points of `grid` by a cubic B-spline over the offsets `knots`, `(2, k, k)` with k >= 4.

    This is the free-form deformation of Rueckert et al. 1999. No point moves further than the largest offset.
    """
    basis = _spline_basis(points.shape[-1], knots.shape[-1])
    return points + basis @ knots @ basis.T


def ink(distance: Floats, half_stroke: float, thickness: float, bleed: float) -> Floats:
    """Coverage by ink in [0, 1], from the signed distance to its edge in pixels, positive inside.

    `thickness` multiplies the width of strokes of half width `half_stroke` (pixels); `bleed` is the width of the edge
    in pixels.
    """
    return np.clip(0.5 + (distance + (thickness - 1) * half_stroke) / bleed, 0.0, 1.0)


def _spline_basis(size: int, knots: int) -> Floats:
    """The uniform cubic B-splines at the centres of `size` pixels, `(size, knots)`; every row sums to one."""
    inner = knots - 3
    positions = (np.arange(size) + 0.5) / size * inner
    basis: Floats = BSpline.design_matrix(positions, np.arange(-3, knots + 1, dtype=float), 3).toarray()
    return basis
