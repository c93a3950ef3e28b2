"""The mutual information between a code and the image drawn from it: a lower bound, in nats.

`H(c) - E[-log Q(c | G(z, c))]`, Chen et al. 2016, equation 4 (Barber and Agakov 2003), with `Q` an encoder's reading.
What `Q` reads badly is not counted, and a `Q` that is sure and wrong takes the bound below 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def categorical_bound(probabilities: Floats, values: NDArray[np.integer]) -> float:
    """For a code drawn uniformly from `k` values: at most `ln k`.

    `probabilities` `(n, k)`, rows sum to 1; `values` `(n,)` are what was drawn, 0 to k - 1.
    """
    right = probabilities[np.arange(len(values)), values].astype(np.float64)
    # A softmax in float32 may round to 0 what is merely very unlikely.
    surprise = -np.log(np.maximum(right, np.finfo(np.float32).tiny))
    return float(math.log(probabilities.shape[1]) - surprise.mean())


def continuous_bound(mean: Floats, log_variance: Floats, values: Floats, low: float, high: float) -> float:
    """For a code drawn uniformly from `[low, high]` and read as a Gaussian; all arrays `(n,)`."""
    mean, log_variance, values = (array.astype(np.float64) for array in (mean, log_variance, values))
    squared = (values - mean) ** 2 * np.exp(-log_variance)
    surprise = 0.5 * (math.log(2 * math.pi) + log_variance + squared)
    return float(math.log(high - low) - surprise.mean())
