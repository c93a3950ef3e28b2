"""Strokes: ten digits drawn from straight strokes, 28 x 28, with known slant, thickness and width.

They are drawn in memory in a fraction of a second: for tests, dry runs and machines without the real data.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from trainer.data.dataset import Dataset, Split

SIZE = 28
_HALF_HEIGHT = 8.0

# End points of the segments of a seven-segment display, in units of half the width and half the height with y down;
# and the segments of each digit.
_SEGMENTS = {
    "a": ((-1, -1), (1, -1)),
    "b": ((1, -1), (1, 0)),
    "c": ((1, 0), (1, 1)),
    "d": ((-1, 1), (1, 1)),
    "e": ((-1, 0), (-1, 1)),
    "f": ((-1, -1), (-1, 0)),
    "g": ((-1, 0), (1, 0)),
}
_DIGITS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")

_IMAGES: dict[Split, int] = {"train": 4000, "test": 1000}
_SEEDS: dict[Split, int] = {"train": 1, "test": 2}


def draw(labels: NDArray[np.intp], slant: ArrayLike, thickness: ArrayLike, width: ArrayLike) -> NDArray[np.uint8]:
    """Digits as uint8 images `(n, SIZE, SIZE)`, anti-aliased; every argument has shape `(n,)` or broadcasts to it.

    `slant` is the shear in radians, positive to the right; `thickness` of the stroke and `width` between the centres
    of the vertical strokes are in pixels.
    """
    shear, half_stroke, half_width = (
        np.broadcast_to(np.asarray(value, np.float32), labels.shape)
        for value in (np.tan(slant), np.divide(thickness, 2), np.divide(width, 2))
    )
    axis = np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2
    y, x = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    distance = np.full((len(labels), SIZE * SIZE), np.inf, np.float32)
    for name, ends in _SEGMENTS.items():
        lit = np.array([name in digit for digit in _DIGITS])[labels]
        (ax, ay), (bx, by) = (
            ((px * half_width - py * _HALF_HEIGHT * shear)[lit, None], py * _HALF_HEIGHT) for px, py in ends
        )
        distance[lit] = np.minimum(distance[lit], _distance_to_segment(x - ax, y - ay, bx - ax, by - ay))
    ink = np.clip(half_stroke[:, None] + 0.5 - distance, 0.0, 1.0)
    images: NDArray[np.uint8] = np.rint(255 * ink).astype(np.uint8).reshape(-1, SIZE, SIZE)
    return images


def _distance_to_segment(
    x: NDArray[np.float32], y: NDArray[np.float32], dx: NDArray[np.float32], dy: float
) -> NDArray[np.float32]:
    """Distance of `(x, y)` from the segment between the origin and `(dx, dy)`."""
    along = np.clip((x * dx + y * dy) / (dx * dx + dy * dy), 0.0, 1.0)
    distance: NDArray[np.float32] = np.hypot(x - along * dx, y - along * dy)
    return distance


@dataclass(frozen=True)
class Strokes:
    """Balanced splits; slant, thickness and width are uniform and independent."""

    name: str = "strokes"

    def fetch(self, root: Path, source: Path | None = None) -> None:
        """Do nothing: the images are drawn when they are loaded."""

    def load(self, root: Path, split: Split) -> Dataset:
        """Draw one split; each call gives the same images."""
        rng = np.random.default_rng(_SEEDS[split])
        n = _IMAGES[split]
        labels = np.arange(n) % len(_DIGITS)
        images = draw(
            labels,
            slant=rng.uniform(-0.4, 0.4, n),
            thickness=rng.uniform(1.5, 4.0, n),
            width=rng.uniform(6.0, 12.0, n),
        )
        return Dataset(
            name=self.name,
            images=torch.from_numpy(images).unsqueeze(1),
            labels=torch.from_numpy(labels),
            label_names=tuple(str(label) for label in range(len(_DIGITS))),
        )


STROKES = Strokes()
