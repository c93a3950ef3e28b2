"""The pen a writer holds: how wide its line is and how much that varies, which tablets do not record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from trainer.data.unipen.ink import STEP
from trainer.data.unipen.recording import Strokes

_WIDTH = (0.13, 0.26)  # x-heights; every writer's pen has its own
_PRESSURE = (0.0, 0.2)  # standard deviation of the width along a stroke, as a share of it; every writer's own
_JITTER = 0.06  # standard deviation of the logarithm of the width from one sample to the next
_PRESSURE_LASTS = 0.6  # x-heights along a stroke within which the pressure stays much the same
_NARROWEST = 0.4  # of the pen's width, where the pressure is lightest


@dataclass(frozen=True)
class Pen:
    """`width` of its line in x-heights and the standard deviation of its variation along a stroke, as a share of it."""

    width: float
    pressure: float

    def radii(self, strokes: Strokes, rng: np.random.Generator) -> tuple[NDArray[np.float64], ...]:
        """Half of the line's width at each point of the strokes, in x-heights; the points are `STEP` apart."""
        half = self.width / 2 * float(np.exp(_JITTER * rng.normal()))
        return tuple(half * np.maximum(1 + self.pressure * _wander(len(stroke), rng), _NARROWEST) for stroke in strokes)


def pen_of(writer: str, seed: int) -> Pen:
    """The pen that `writer` holds in every sample."""
    rng = np.random.default_rng([seed, *hashlib.sha256(writer.encode()).digest()])
    return Pen(rng.uniform(*_WIDTH), rng.uniform(*_PRESSURE))


def _wander(points: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """A smooth random function of the way along a stroke, of mean 0 and variance 1."""
    lasting = _PRESSURE_LASTS / STEP
    # Smoothing white noise by a Gaussian of this deviation divides its variance by 2 sqrt(pi) times the deviation.
    margin = int(4 * lasting)
    smooth = gaussian_filter1d(rng.normal(size=points + 2 * margin), lasting)[margin:-margin]
    wander: NDArray[np.float64] = smooth * np.sqrt(2 * np.sqrt(np.pi) * lasting)
    return wander
