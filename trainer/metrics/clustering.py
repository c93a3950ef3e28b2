"""How well predicted categories match labels that the prediction never saw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import comb, xlogy

from latent.card import Clustering

Counts = NDArray[np.float64]


def clustering(predicted: NDArray[np.integer], labels: NDArray[np.integer]) -> Clustering:
    """Clusters and labels, whole numbers from 0, `(n,)` each, any number of either -> `Clustering`."""
    counts = np.zeros((predicted.max() + 1, labels.max() + 1))
    np.add.at(counts, (predicted, labels), 1.0)
    return Clustering(accuracy=accuracy(counts), nmi=nmi(counts), ari=ari(counts))


def accuracy(counts: Counts) -> float:
    """The share of images explained, 0 to 1, with each cluster given to one label at most, in the best way.

    The assignment is Kuhn's (1955). `counts[i, j]` images are of cluster `i` and label `j`.
    """
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / counts.sum())


def nmi(counts: Counts) -> float:
    """Mutual information over the mean of the two entropies, 0 to 1 (Vinh et al. 2010, table 2, NMI_sum).

    1 where either way there is but one group: then the two partitions are the same.
    """
    joint = counts / counts.sum()
    of_cluster, of_label = joint.sum(axis=1), joint.sum(axis=0)
    entropies = _entropy(of_cluster) + _entropy(of_label)
    if entropies == 0:
        return 1.0
    return float(np.clip(2 * (entropies - _entropy(joint)) / entropies, 0.0, 1.0))


def ari(counts: Counts) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): pairs that agree, 0 for what chance gives, at most 1."""
    together = comb(counts, 2).sum()
    in_cluster, in_label = (comb(counts.sum(axis=axis), 2).sum() for axis in (1, 0))
    expected = in_cluster * in_label / comb(counts.sum(), 2)
    most = (in_cluster + in_label) / 2
    if most == expected:
        return 1.0
    return float((together - expected) / (most - expected))


def _entropy(shares: Counts) -> float:
    return float(-xlogy(shares, shares).sum())
