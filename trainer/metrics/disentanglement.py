"""The factor that each continuous code controls: its rank correlation with measured factors of the images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from latent import Continuous, LatentSpec
from latent.card import Control
from latent.codes import Latents
from trainer.metrics import morphology
from trainer.metrics.evaluation_latents import balanced_latents, class_code
from trainer.metrics.morphology import FACTORS

Floats = NDArray[np.float64]


def measure_controls(
    generate: Callable[[Latents], NDArray[np.uint8]], spec: LatentSpec, samples_per_label: int, seed: int = 0
) -> dict[str, Control]:
    """The factor that each continuous code of a generator controls, by code.

    `generate` turns latents float32 `(n, dim)` into images uint8 `(n, C, H, W)`. The latents come from the prior, with
    `samples_per_label` of each category.
    """
    category = class_code(spec)
    latents, labels = balanced_latents(spec, samples_per_label * (category.size if category else 1), seed)
    return controls_of_samples(spec, latents, generate(latents), labels)


def controls_of_samples(
    spec: LatentSpec, latents: Latents, images: NDArray[np.uint8], labels: NDArray[np.intp]
) -> dict[str, Control]:
    """The factor that each continuous code controls in given samples, by code.

    Spearman's correlation (1904) within each label, -1 to 1, and then the signed mean over the labels: a code that
    slants one digit to the left and another to the right controls nothing. Different codes are assigned different
    factors, by the assignment with the largest sum of absolute correlations; codes that are left over get their
    strongest factor. Shapes: `latents` float32 `(n, dim)`, `images` uint8 `(n, C, H, W)`, `labels` intp `(n,)`.
    """
    names = [v.name for v in spec if isinstance(v, Continuous)]
    if not names:
        return {}
    factors = morphology.measure(images)
    correlations = np.array(
        [[_mean_spearman(latents[:, spec.slices[n].start], factors[f], labels) for f in FACTORS] for n in names]
    )
    strength = np.abs(correlations)
    factor = strength.argmax(axis=1)  # for codes that the assignment leaves out, as there are more codes than factors
    rows, columns = linear_sum_assignment(strength, maximize=True)
    factor[rows] = columns
    return {
        name: Control(factor=FACTORS[factor[i]], spearman=dict(zip(FACTORS, correlations[i].tolist(), strict=True)))
        for i, name in enumerate(names)
    }


def with_factors(spec: LatentSpec, controls: dict[str, Control]) -> LatentSpec:
    """`spec` with the factor that each continuous code controls."""
    variables = tuple(
        v.model_copy(update={"factor": controls[v.name].factor}) if v.name in controls else v for v in spec
    )
    return LatentSpec(variables=variables)


def _mean_spearman(code: Latents, factor: Floats, labels: NDArray[np.intp]) -> float:
    return float(np.mean([_spearman(code[labels == label], factor[labels == label]) for label in np.unique(labels)]))


def _spearman(code: Latents, factor: Floats) -> float:
    """Rank correlation over the images whose factor is finite; 0 where the code or the factor is constant."""
    finite = np.isfinite(factor)
    if len(np.unique(factor[finite])) < 2 or len(np.unique(code[finite])) < 2:
        return 0.0
    return float(np.corrcoef(rankdata(code[finite]), rankdata(factor[finite]))[0, 1])
