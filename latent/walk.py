"""Walks through the latent space: along one variable, and from one draw to another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latent.codes import CodeError, Latents, columns
from latent.spec import NOISE_LIMIT, Categorical, Continuous, LatentSpec, Noise

_NOISE_SPAN = 3.0  # standard deviations either side: 99.7 % of the prior


def points(
    spec: LatentSpec, dim: str, start: float | None = None, stop: float | None = None, steps: int | None = None
) -> NDArray[np.float64]:
    """Where a walk along `dim` stops, float64 `(steps,)`.

    Left out, `start` and `stop` are the ends of the prior's range (three standard deviations for noise) and `steps`
    is 11; a categorical walks from value to value, all of them when nothing is said.

    Raises:
        CodeError: no such dimension, an end out of range, steps that miss a categorical's values.
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
    """Every row of `base` at every stop along `dim`: float32 `(rows * steps, dim)`, one row's stops together."""
    latents = np.repeat(base, len(stops), axis=0)
    at = columns(spec, dim, "dim")
    along = np.tile(stops, len(base))
    if isinstance(spec[dim.partition(".")[0]], Categorical):
        latents[:, at] = np.eye(at.stop - at.start, dtype=np.float32)[along.astype(np.intp)]
    else:
        latents[:, at.start] = along
    return latents


def interpolate(spec: LatentSpec, start: Latents, stop: Latents, steps: int) -> Latents:
    """A walk from one latent to another, float32 `(steps, dim)`, both ends included.

    The noise goes along the great circle (White 2016, "Sampling generative networks": a straight line leaves the
    shell where the prior's mass is), the codes along the straight line; a categorical is blended on the way.
    Shapes: `start` and `stop` `(dim,)`.
    """
    t = np.linspace(0.0, 1.0, steps)[:, None]
    walk = (1 - t) * start + t * stop
    if spec.noise:
        at = spec.slices[spec.noise.name]
        walk[:, at] = _slerp(start[at].astype(np.float64), stop[at].astype(np.float64), t)
    return walk.astype(np.float32)


def _slerp(a: NDArray[np.float64], b: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    angle = np.arccos(np.clip(a @ b / norms, -1.0, 1.0)) if norms else 0.0
    if np.sin(angle) < 1e-6:  # the same direction (or opposite ones): the circle is not defined, the line is
        return np.asarray((1 - t) * a + t * b)
    return np.asarray((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle))
