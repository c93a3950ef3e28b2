"""Fidelity and diversity apart, by nearest neighbours in feature space.

Precision and recall: Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative models".
Density and coverage: Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models", which do not
let one outlier's wide ball take in everything.
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
    """Shares from 0 to 1, but density, which may exceed 1.

    `precision`: generated images within the reach of a real one; `recall`: real images within the reach of a
    generated one; `density`: how many real images reach a generated one, over `k`; `coverage`: real images that have
    a generated one within their reach. The reach of an image is the distance to its k-th neighbour of its own set.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def precision_recall(real: Features, generated: Features, k: int = NEIGHBOURS) -> PrecisionRecall:
    """Features `(n, d)` and `(m, d)` -> the four figures.

    With `k` = 5 as Naeem et al. have it, and "within" is strict, so a set measured against itself scores 1 in all.
    The time grows with `(n + m)^2`, the memory with `n + m`.

    Raises:
        ValueError: a set of `k` images or fewer, where no image has a k-th neighbour.
    """
    if min(len(real), len(generated)) <= k:
        raise ValueError(f"needs more than {k} images of either kind, got {len(real)} and {len(generated)}")
    real_reach, generated_reach = _reach(real, k), _reach(generated, k)
    reached_by = np.zeros(len(generated), np.intp)  # by how many real images
    recalled, covered = np.zeros(len(real), bool), np.zeros(len(real), bool)
    for rows, distance in _distances(real, generated):
        within = distance < real_reach[rows, None]
        reached_by += within.sum(axis=0)
        covered[rows] = within.any(axis=1)
        recalled[rows] = (distance < generated_reach).any(axis=1)
    return PrecisionRecall(
        precision=float((reached_by > 0).mean()),
        recall=float(recalled.mean()),
        density=float(reached_by.mean() / k),
        coverage=float(covered.mean()),
    )


def _reach(features: Features, k: int) -> Floats:
    """Distance of each image to its k-th neighbour, itself not counted, `(n,)`."""
    return np.concatenate([np.partition(distance, k, axis=1)[:, k] for _, distance in _distances(features, features)])


def _distances(a: Features, b: Features) -> Iterator[tuple[slice, Floats]]:
    """A few rows of the distances at a time. Squared: only their order matters."""
    for start in range(0, len(a), _CHUNK):
        rows = slice(start, start + _CHUNK)
        # By differences, not by products: an image's distance to itself is exactly 0.
        yield rows, cdist(a[rows], b, "sqeuclidean")
