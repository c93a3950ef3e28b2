"""Agreement between clusters and labels that the clustering did not use: accuracy, NMI and ARI."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import comb, xlogy

from latent import Categorical, LatentSpec
from latent.card import Clustering
from trainer.metrics.onnx_encoder import OnnxEncoderOutput

Counts = NDArray[np.float64]
"""`counts[i, j]` is the number of images in cluster `i` with label `j`."""


def encoder_clustering(output: OnnxEncoderOutput, spec: LatentSpec, labels: NDArray[np.integer]) -> Clustering | None:
    """The scores of the first categorical code that the encoder predicts; None where it predicts none.

    `output` is the encoder's output for n real images, and `labels` `(n,)` are their labels.
    """
    code = next((v.name for v in spec if isinstance(v, Categorical) and v.name in output), None)
    return clustering_scores(output[code].argmax(axis=1), labels) if code else None


def clustering_scores(clusters: NDArray[np.integer], labels: NDArray[np.integer]) -> Clustering:
    """The scores of `clusters` against `labels`, both `(n,)`, whole numbers from 0; their ranges may differ."""
    counts = np.zeros((clusters.max() + 1, labels.max() + 1))
    np.add.at(counts, (clusters, labels), 1.0)
    return Clustering(accuracy=accuracy(counts), nmi=nmi(counts), ari=ari(counts))


def accuracy(counts: Counts) -> float:
    """The fraction of images, 0 to 1, whose cluster is assigned to their label.

    Each cluster is assigned to at most one label and vice versa, by the best assignment (Kuhn 1955).
    """
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / counts.sum())


def nmi(counts: Counts) -> float:
    """Normalised mutual information, 0 to 1: over the mean of the two entropies (Vinh et al. 2010, table 2, NMI_sum).

    1 where there is only one cluster and one label, because the two partitions are then equal.
    """
    joint = counts / counts.sum()
    of_cluster, of_label = joint.sum(axis=1), joint.sum(axis=0)
    entropies = _entropy(of_cluster) + _entropy(of_label)
    if entropies == 0:
        return 1.0
    return float(np.clip(2 * (entropies - _entropy(joint)) / entropies, 0.0, 1.0))


def ari(counts: Counts) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985) over pairs of images: 0 for random clusters, at most 1."""
    together = comb(counts, 2).sum()
    in_cluster, in_label = (comb(counts.sum(axis=axis), 2).sum() for axis in (1, 0))
    expected = in_cluster * in_label / comb(counts.sum(), 2)
    most = (in_cluster + in_label) / 2
    if most == expected:
        return 1.0
    return float((together - expected) / (most - expected))


def _entropy(probabilities: Counts) -> float:
    return float(-xlogy(probabilities, probabilities).sum())
