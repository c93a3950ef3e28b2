"""Latents to measure a generator by: from the prior, but each label as often as the measurement asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
    category = grouping(spec)
    categories = np.arange(n) % (category.size if category else 1)
    return _asked(spec, n, seed, categories), categories


def as_in(labels: NDArray[np.integer[Any]], label_names: Sequence[str], spec: LatentSpec, n: int, seed: int) -> Latents:
    """`n` latents float32 `(n, dim)`, each label as often as among a data set's `labels`, indices to `label_names`.

    What is compared with the data is then how the images look, not how often each is asked for. Where the model has
    no labels, or none of the data's, all comes from the prior.
    """
    names = spec.labelled.labels if spec.labelled else ()
    counts = np.bincount(labels, minlength=len(label_names))
    shares = np.array([counts[label_names.index(name)] if name in label_names else 0 for name in names], np.float64)
    if not shares.sum():
        return codes.draw(spec, seed, range(n))
    return _asked(spec, n, seed, np.searchsorted(shares.cumsum() / shares.sum(), (np.arange(n) + 0.5) / n))


def _asked(spec: LatentSpec, n: int, seed: int, categories: NDArray[np.intp]) -> Latents:
    latents = codes.draw(spec, seed, range(n))
    if category := grouping(spec):
        latents[:, spec.slices[category.name]] = np.eye(category.size, dtype=np.float32)[categories]
    return latents
