"""Latents to measure a generator by: from the prior, but the same number of each label."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, LatentSpec, codes
from latent.codes import Latents


def grouping(spec: LatentSpec) -> Categorical | None:
    """The categorical that sorts the samples: the labelled one, else the first, else none."""
    return spec.labelled or next((v for v in spec if isinstance(v, Categorical)), None)


def balanced(spec: LatentSpec, n: int, seed: int) -> tuple[Latents, NDArray[np.intp]]:
    """`n` latents float32 `(n, dim)` and the category of each, intp `(n,)`: every category in turn.

    All else comes from the prior. Without a categorical there is one category, 0.
    """
    latents = codes.draw(spec, seed, range(n))
    category = grouping(spec)
    if category is None:
        return latents, np.zeros(n, np.intp)
    categories = np.arange(n) % category.size
    latents[:, spec.slices[category.name]] = np.eye(category.size, dtype=np.float32)[categories]
    return latents, categories
