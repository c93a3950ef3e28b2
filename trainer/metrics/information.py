"""The mutual information between a code and the image generated from it: a lower bound, in nats.

`H(c) - E[-log Q(c | G(z, c))]`, Chen et al. 2016, equation 4 (Barber and Agakov 2003), where `Q` is the encoder. The
bound is loose where Q is inaccurate, and negative where Q is confident and wrong.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, Continuous, LatentSpec
from latent.codes import Latents
from latent.encoder import LOG_VARIANCE
from trainer.metrics.onnx_encoder import OnnxEncoderOutput

Floats = NDArray[np.floating[Any]]


def information_bounds(output: OnnxEncoderOutput, spec: LatentSpec, latents: Latents) -> dict[str, float]:
    """The lower bound in nats for each code that the encoder predicts.

    `output` is the encoder's output for the images generated from `latents` float32 `(n, dim)`.
    """
    bounds = {}
    for code in spec.codes:
        values = latents[:, spec.slices[code.name]]
        match code:
            case Categorical() if code.name in output:
                bounds[code.name] = categorical_bound(output[code.name], values.argmax(axis=1))
            case Continuous() if code.name in output:
                mean, log_variance = output[code.name][:, 0], output[code.name + LOG_VARIANCE][:, 0]
                bounds[code.name] = continuous_bound(mean, log_variance, values[:, 0], code.low, code.high)
    return bounds


def categorical_bound(probabilities: Floats, values: NDArray[np.integer]) -> float:
    """For a code that is uniform over `k` values: at most `ln k`.

    `probabilities` `(n, k)` are those of Q; `values` `(n,)` are the values drawn, from 0 to k - 1.
    """
    likelihood = probabilities[np.arange(len(values)), values].astype(np.float64)
    # A float32 softmax may round very small probabilities to 0.
    surprisal = -np.log(np.maximum(likelihood, np.finfo(np.float32).tiny))
    return float(math.log(probabilities.shape[1]) - surprisal.mean())


def continuous_bound(mean: Floats, log_variance: Floats, values: Floats, low: float, high: float) -> float:
    """For a code that is uniform over `[low, high]`, where Q is a Gaussian; all arrays are `(n,)`."""
    mean, log_variance, values = (array.astype(np.float64) for array in (mean, log_variance, values))
    squared = (values - mean) ** 2 * np.exp(-log_variance)
    surprisal = 0.5 * (math.log(2 * math.pi) + log_variance + squared)
    return float(math.log(high - low) - surprisal.mean())
