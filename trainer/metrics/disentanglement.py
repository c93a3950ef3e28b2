"""What each continuous code controls: its rank correlation with the measured factors of the image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from latent import Continuous, LatentSpec
from latent.card import Control
from latent.codes import Latents
from trainer.metrics.morphology import FACTORS, measure
from trainer.metrics.samples import balanced, grouping

Floats = NDArray[np.float64]


def controls(
    draw: Callable[[Latents], NDArray[np.uint8]], spec: LatentSpec, samples_per_label: int, seed: int = 0
) -> dict[str, Control]:
    """What each continuous code of a generator controls, by code.

    `draw` turns latents float32 `(n, dim)` into images uint8 `(n, C, H, W)`. The codes are uniform over their ranges
    and all else comes from the prior.
    """
    category = grouping(spec)
    latents, labels = balanced(spec, samples_per_label * (category.size if category else 1), seed)
    return correlate(spec, latents, draw(latents), labels)


def correlate(
    spec: LatentSpec, latents: Latents, images: NDArray[np.uint8], labels: NDArray[np.intp]
) -> dict[str, Control]:
    """What each continuous code controls in samples already drawn, by code.

    Spearman's correlation (1904) within each label, -1 to 1, then the mean over the labels with its sign: a code
    that leans one digit left and another right controls nothing. Different codes are given different factors, by
    the assignment with the greatest sum of absolute correlations. Shapes: `latents` float32 `(n, dim)`, `images`
    uint8 `(n, C, H, W)`, `labels` intp `(n,)`.
    """
    names = [v.name for v in spec if isinstance(v, Continuous)]
    if not names:
        return {}
    measured = measure(images)
    correlations = np.array(
        [[_mean_spearman(latents[:, spec.slices[n].start], measured[f], labels) for f in FACTORS] for n in names]
    )
    strength = np.abs(correlations)
    factor = strength.argmax(axis=1)  # of codes beyond the number of factors, which the assignment leaves out
    rows, columns = linear_sum_assignment(strength, maximize=True)
    factor[rows] = columns
    return {
        name: Control(factor=FACTORS[factor[i]], spearman=dict(zip(FACTORS, correlations[i].tolist(), strict=True)))
        for i, name in enumerate(names)
    }


def named(spec: LatentSpec, measured: dict[str, Control]) -> LatentSpec:
    """`spec` with the factor each continuous code controls."""
    variables = tuple(
        v.model_copy(update={"factor": measured[v.name].factor}) if v.name in measured else v for v in spec
    )
    return LatentSpec(variables=variables)


def _mean_spearman(code: Latents, factor: Floats, labels: NDArray[np.intp]) -> float:
    return float(np.mean([_spearman(code[labels == label], factor[labels == label]) for label in np.unique(labels)]))


def _spearman(code: Latents, factor: Floats) -> float:
    """Rank correlation over the images that could be measured; 0 where there is no variation to follow."""
    kept = np.isfinite(factor)
    if len(np.unique(factor[kept])) < 2 or len(np.unique(code[kept])) < 2:
        return 0.0
    return float(np.corrcoef(rankdata(code[kept]), rankdata(factor[kept]))[0, 1])
