"""How a drawing varies from image to image: the hand's slant and proportions, the brush's wander, the ink's weight.

Points are arrays `(2, n, n)` of y and x, in units of the image's side with the origin in its middle. Both warps say,
for a point of the image, which point of the drawing is seen there.
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
WANDER = 0.012  # of the image's side: standard deviation of a knot of the elastic grid
KNOTS = 6  # of the elastic grid along a side
THICKNESS = (0.9, 1.3)  # of the strokes, as a factor of the drawing's own
BLEED = (1.0, 2.0)  # pixels over which the ink's edge fades; 1 is a sharp edge, anti-aliased


@dataclass(frozen=True)
class Variation:
    """One draw of everything that varies; what each number does is said where it is used."""

    rotation: float
    shear: float
    stretch: Floats
    shift: Floats
    knots: Floats
    thickness: float
    bleed: float


def draw(rng: np.random.Generator) -> Variation:
    """A variation, uniform in its ranges but for the knots, which are normal."""
    return Variation(
        rotation=rng.uniform(-ROTATION, ROTATION),
        shear=rng.uniform(-SHEAR, SHEAR),
        stretch=rng.uniform(*STRETCH, 2),
        shift=rng.uniform(-SHIFT, SHIFT, 2),
        knots=rng.normal(0.0, WANDER, (2, KNOTS, KNOTS)),
        thickness=rng.uniform(*THICKNESS),
        bleed=rng.uniform(*BLEED),
    )


def grid(size: int) -> Floats:
    """The middles of an image's pixels, `(2, size, size)`."""
    axis = (np.arange(size) + 0.5) / size - 0.5
    return np.stack(np.meshgrid(axis, axis, indexing="ij"))


def affine(points: Floats, rotation: float, shear: float, stretch: Floats, shift: Floats) -> Floats:
    """Undo a stretch of height and width, a lean of the top to the right by `shear` of the height, a clockwise turn
    by `rotation` radians and a shift of y and x, in this order.
    """
    cos, sin = np.cos(rotation), np.sin(rotation)
    forth = np.array([[cos, sin], [-sin, cos]]) @ np.array([[1.0, 0.0], [-shear, 1.0]]) @ np.diag(stretch)
    moved: Floats = np.einsum("ij,j...->i...", np.linalg.inv(forth), points - shift[:, None, None])
    return moved


def elastic(points: Floats, knots: Floats) -> Floats:
    """Move the points of `grid` as a cubic B-spline through a grid of offsets does, `knots` `(2, k, k)` with k >= 4
    (free-form deformation, Rueckert et al. 1999). No offset moves a point further than the largest of the knots.
    """
    basis = _basis(points.shape[-1], knots.shape[-1])
    return points + basis @ knots @ basis.T


def ink(distance: Floats, half_stroke: float, thickness: float, bleed: float) -> Floats:
    """How dark the ink is, in [0, 1], from the signed distance to its edge in pixels, positive inside.

    `thickness` widens strokes of half width `half_stroke` to that factor; `bleed` pixels is how wide the edge fades.
    """
    return np.clip(0.5 + (distance + (thickness - 1) * half_stroke) / bleed, 0.0, 1.0)


def _basis(size: int, knots: int) -> Floats:
    """The uniform cubic B-splines at the middles of `size` pixels, `(size, knots)`; every row sums to one."""
    inner = knots - 3
    places = (np.arange(size) + 0.5) / size * inner
    basis: Floats = BSpline.design_matrix(places, np.arange(-3, knots + 1, dtype=float), 3).toarray()
    return basis
