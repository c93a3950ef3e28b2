"""Latent traversal along one variable, and interpolation between two latents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latent.codes import CodeError, Latents, columns
from latent.spec import NOISE_LIMIT, Categorical, Continuous, LatentSpec, Noise

_NOISE_SPAN = 3.0  # standard deviations to each side of 0: 99.7 % of the prior


def points(
    spec: LatentSpec, dim: str, start: float | None = None, stop: float | None = None, steps: int | None = None
) -> NDArray[np.float64]:
    """The values at which a traversal along `dim` stops, evenly spaced, float64 `(steps,)`.

    `start` and `stop` default to the ends of the prior's range (three standard deviations to each side for noise), and
    `steps` to 11. A categorical variable stops at every whole number from `start` to `stop`, by default all its values.

    Raises:
        CodeError: no such dimension, an end out of range or, for a categorical variable, not a whole number, or
            `steps` that differs from the number of its values.
    """
    columns(spec, dim, "dim")
    variable = spec[dim.partition(".")[0]]
    match variable:
        case Noise():
            if dim == variable.name and variable.size > 1:
                expected = f"name one of its numbers, {dim}.0 to {dim}.{variable.size - 1}"
                raise CodeError("dim", dim, expected)
            low, high, limits = -_NOISE_SPAN, _NOISE_SPAN, (-NOISE_LIMIT, NOISE_LIMIT)
        case Continuous():
            low, high, limits = variable.low, variable.high, variable.limits
        case Categorical():
            low, high = 0.0, variable.size - 1.0
            limits = low, high
    first, last = low if start is None else start, high if stop is None else stop
    for name, end in (("start", first), ("stop", last)):
        if not limits[0] <= end <= limits[1]:
            raise CodeError(name, end, f"must be from {limits[0]:g} to {limits[1]:g} for {dim}")
    if not isinstance(variable, Categorical):
        return np.linspace(first, last, 11 if steps is None else steps)
    for name, end in (("start", first), ("stop", last)):
        if end != int(end):
            raise CodeError(name, end, f"must be a whole number: {dim} is categorical")
    count = int(abs(last - first)) + 1
    if steps is not None and steps != count:
        raise CodeError("steps", steps, f"must be {count}, one for each value of {dim} from {first:g} to {last:g}")
    return np.linspace(first, last, count)


def traverse(spec: LatentSpec, base: Latents, dim: str, stops: NDArray[np.float64]) -> Latents:
    """Every row of `base`, float32 `(rows, dim)`, with `dim` set to every stop, float64 `(steps,)`.

    The result is float32 `(rows * steps, dim)`; the stops of a row are consecutive.

    Raises:
        CodeError: no such dimension.
    """
    latents = np.repeat(base, len(stops), axis=0)
    at = columns(spec, dim, "dim")
    along = np.tile(stops, len(base))
    if isinstance(spec[dim.partition(".")[0]], Categorical):
        latents[:, at] = np.eye(at.stop - at.start, dtype=np.float32)[along.astype(np.intp)]
    else:
        latents[:, at.start] = along
    return latents


def interpolate(spec: LatentSpec, start: Latents, stop: Latents, steps: int) -> Latents:
    """Latents from `start` to `stop`, float32 `(dim,)` each -> float32 `(steps, dim)`, both ends included.

    Each noise is interpolated spherically (White 2016, "Sampling generative networks"): linear interpolation would pass
    through vectors shorter than the prior draws. The codes are interpolated linearly, so that a categorical variable
    blends its two values.
    """
    t = np.linspace(0.0, 1.0, steps)[:, None]
    walk = (1 - t) * start + t * stop
    for noise in spec.noises:
        at = spec.slices[noise.name]
        walk[:, at] = _slerp(start[at].astype(np.float64), stop[at].astype(np.float64), t)
    return walk.astype(np.float32)


def _slerp(a: NDArray[np.float64], b: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    angle = np.arccos(np.clip(a @ b / norms, -1.0, 1.0)) if norms else 0.0
    if np.sin(angle) < 1e-6:  # parallel vectors have no unique great circle
        return np.asarray((1 - t) * a + t * b)
    return np.asarray((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle))
