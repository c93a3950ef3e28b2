"""Latents for measuring a generator: from the prior, but with a given frequency of each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, LatentSpec, codes
from latent.codes import Latents


def class_code(spec: LatentSpec) -> Categorical | None:
    """The categorical variable that divides samples into classes: the labelled one, or else the first; None if none."""
    return spec.labelled or next((v for v in spec if isinstance(v, Categorical)), None)


def balanced_latents(spec: LatentSpec, n: int, seed: int) -> tuple[Latents, NDArray[np.intp]]:
    """`n` latents float32 `(n, dim)` and the class of each, intp `(n,)`: the classes in turn.

    All other variables come from the prior. Without a categorical variable there is one class, 0.
    """
    category = class_code(spec)
    categories = np.arange(n) % (category.size if category else 1)
    return _with_classes(spec, n, seed, categories), categories


def matched_latents(
    labels: NDArray[np.integer[Any]], label_names: Sequence[str], spec: LatentSpec, n: int, seed: int
) -> Latents:
    """`n` latents float32 `(n, dim)`, with the label frequencies of a data set's `labels`, indices of `label_names`.

    A distance to the data then does not depend on label frequencies. The labels are in random order, so that a part of
    the latents has these frequencies too. Where the generator has no labels, or none of the
    data set's, all variables come from the prior.
    """
    names = spec.labelled.labels if spec.labelled else ()
    counts = np.bincount(labels, minlength=len(label_names))
    frequencies = np.array(
        [counts[label_names.index(name)] if name in label_names else 0 for name in names], np.float64
    )
    if not frequencies.sum():
        return codes.draw(spec, seed, range(n))
    categories = np.searchsorted(frequencies.cumsum() / frequencies.sum(), (np.arange(n) + 0.5) / n)
    return _with_classes(spec, n, seed, np.random.default_rng(seed).permutation(categories))


def _with_classes(spec: LatentSpec, n: int, seed: int, categories: NDArray[np.intp]) -> Latents:
    latents = codes.draw(spec, seed, range(n))
    if category := class_code(spec):
        latents[:, spec.slices[category.name]] = np.eye(category.size, dtype=np.float32)[categories]
    return latents
