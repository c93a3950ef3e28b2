"""The Frechet distance between two sets of features, each modelled as a Gaussian (Dowson and Landau 1982).

Heusel et al. 2017, "GANs trained by a two time-scale update rule", apply it to the features of a classifier.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def frechet_distance(a: NDArray[np.floating[Any]], b: NDArray[np.floating[Any]]) -> float:
    """Features `(n, d)` and `(m, d)` -> `|mu_a - mu_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2))`, not negative.

    The trace of the square root comes from the eigenvalues of the symmetric `C_a^(1/2) C_b C_a^(1/2)`, which are those
    of `C_a C_b`: they are real, and stable where a covariance is singular.
    """
    (mean_a, covariance_a), (mean_b, covariance_b) = _moments(a), _moments(b)
    values, vectors = np.linalg.eigh(covariance_a)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T  # rounding can make zero eigenvalues negative
    product = np.maximum(np.linalg.eigvalsh(root @ covariance_b @ root), 0.0)
    spread = np.trace(covariance_a) + np.trace(covariance_b) - 2 * np.sqrt(product).sum()
    return max(0.0, float(np.sum((mean_a - mean_b) ** 2) + spread))


def _moments(features: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    exact = features.astype(np.float64)
    return exact.mean(axis=0), np.atleast_2d(np.cov(exact, rowvar=False))
