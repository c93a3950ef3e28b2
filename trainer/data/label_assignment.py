"""Which cluster is which label: the one-to-one assignment with the most agreeing images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment


def assign_clusters(
    clusters: NDArray[np.integer], labels: NDArray[np.integer], size: int
) -> tuple[NDArray[np.intp], float]:
    """The one-to-one assignment of clusters to labels with the highest accuracy (Kuhn 1955, the Hungarian method).

    `clusters` and `labels` are whole numbers `(n,)` in [0, size). Returns `order`, intp `(size,)`, where `order[k]` is
    the cluster of label `k`, and the fraction of the n images whose cluster is assigned to their label.
    """
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (labels, clusters), 1)
    rows, order = linear_sum_assignment(counts, maximize=True)
    return order, float(counts[rows, order].sum() / len(labels))
