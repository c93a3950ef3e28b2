"""Fidelity and diversity as separate figures, by nearest neighbours in feature space.

Precision and recall: Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative models".
Density and coverage: Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models"; they are
robust to outliers, whose neighbourhoods are large.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Features = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]

NEIGHBOURS = 5
_CHUNK = 1000  # rows of distances held at a time, 80 MB for 10,000 columns


class PrecisionRecall(NamedTuple):
    """Fractions from 0 to 1, except `density`, which may exceed 1.

    The neighbourhood of an image is the ball whose radius is the distance to its k-th neighbour in its own set.
    `precision`: generated images inside the neighbourhood of a real one. `recall`: real images inside the neighbourhood
    of a generated one. `density`: the mean number of real images whose neighbourhood contains a generated one, divided
    by k. `coverage`: real images whose neighbourhood contains a generated image.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real: Features, generated: Features, k: int = NEIGHBOURS) -> PrecisionRecall:
    """Features `(n, d)` and `(m, d)` -> the four figures.

    The default `k` is that of Naeem et al. The balls are open, so a set compared with itself scores 1 in all figures.
    The time grows with `(n + m)^2`, the memory with `n + m`.

    Raises:
        ValueError: a set has `k` images or fewer, so that no image has a k-th neighbour.
    """
    if min(len(real), len(generated)) <= k:
        raise ValueError(f"needs more than {k} images of either kind, got {len(real)} and {len(generated)}")
    real_radius, generated_radius = _radius(real, k), _radius(generated, k)
    containing = np.zeros(len(generated), np.intp)  # real neighbourhoods around each generated image
    recalled, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    for rows, distance in _distances(real, generated):
        within = distance < real_radius[rows, None]
        containing += within.sum(axis=0)
        covered[rows] = within.any(axis=1)
        recalled[rows] = (distance < generated_radius).any(axis=1)
    return PrecisionRecall(
        precision=float((containing > 0).mean()),
        recall=float(recalled.mean()),
        density=float(containing.mean() / k),
        coverage=float(covered.mean()),
    )


def _radius(features: Features, k: int) -> Floats:
    """Squared distance of each image to its k-th neighbour, itself not counted, `(n,)`."""
    return np.concatenate([np.partition(distance, k, axis=1)[:, k] for _, distance in _distances(features, features)])


def _distances(a: Features, b: Features) -> Iterator[tuple[slice, Floats]]:
    """Squared distances, a few rows at a time; only their order matters."""
    for start in range(0, len(a), _CHUNK):
        rows = slice(start, start + _CHUNK)
        # cdist uses differences, not products, so the distance of an image to itself is exactly 0.
        yield rows, cdist(a[rows], b, "sqeuclidean")
