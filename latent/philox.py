"""Counter-based random numbers: sample `i` of seed `s` does not depend on which other samples are drawn.

Philox 4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") maps a key and a counter to 256
random bits and keeps no state. The key is the seed. Sample `i` uses the counters `[i * blocks, (i + 1) * blocks)`, so
that one call into numpy draws consecutive samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_SEED = 2**64 - 1
MAX_INDEX = 2**53  # above it, a JSON number (a double) cannot represent every integer

_WORDS = 4  # uint64 numbers per counter


def stream(seed: int, number: int) -> int:
    """The key of an independent stream of a seed, to pass to `uniforms` as `seed`.

    `number` is in `[0, 2**64)`; stream 0 is the seed itself. A Philox key has 128 bits: the seed is the lower half and
    the stream's number the upper half.
    """
    return seed | number << 64


def uniforms(seed: int, indices: Sequence[int], width: int) -> NDArray[np.float64]:
    """Uniform draws from the open interval (0, 1), `width` for each sample index, float64 `(len(indices), width)`.

    Row `i` depends on `(seed, indices[i], width)` and on nothing else. `seed` is an integer in `[0, MAX_SEED]`, or a
    `stream` of one; an index is in `[0, MAX_INDEX]`.
    """
    blocks = -(-width // _WORDS)
    rows = [
        np.random.Philox(key=seed, counter=first * blocks).random_raw(count * blocks * _WORDS)
        for first, count in _runs(indices)
    ]
    raw = np.concatenate(rows) if rows else np.empty(0, np.uint64)
    raw = raw.reshape(-1, blocks * _WORDS)[:, :width]
    # 52 bits plus half a step: never 0 or 1, where the inverse normal distribution is infinite.
    return ((raw >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def _runs(indices: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of consecutive indices as `(first, count)`, in order."""
    if isinstance(indices, range) and indices.step == 1:
        return [(indices.start, len(indices))] if indices else []
    numbers = np.asarray(indices, np.int64)
    starts = np.flatnonzero(np.diff(numbers, prepend=-2) != 1)
    counts = np.diff(starts, append=len(numbers))
    return list(zip(numbers[starts].tolist(), counts.tolist(), strict=True))


def normals(u: NDArray[np.float64], truncation: float | None = None) -> NDArray[np.float64]:
    """Uniform draws in (0, 1) -> standard normal draws of the same shape, by the inverse distribution function.

    With `truncation`, positive, the draws follow the normal distribution truncated to `[-truncation, truncation]`
    (Brock et al. 2019, "Large scale GAN training", section 3.1); values are not clipped.
    """
    if truncation is not None:
        tail = 0.5 * math.erfc(truncation / math.sqrt(2.0))
        u = tail + u * (1.0 - 2.0 * tail)
    return _inverse_normal(u)


# Wichura 1988, "Algorithm AS 241: The percentage points of the normal distribution", PPND16: relative accuracy 1e-16.
# Numerator and denominator of each of the three regions, coefficients from the highest power down.
_CENTRAL = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def _by_power(ratio: tuple[tuple[float, ...], tuple[float, ...]]) -> NDArray[np.float64]:
    """Coefficients of a numerator and a denominator of one degree, float64 `(degree + 1, 2, 1)`."""
    return np.array(ratio).T[:, :, None]


_CENTRAL_POWERS, _TAIL_POWERS, _FAR_TAIL_POWERS = map(_by_power, (_CENTRAL, _TAIL, _FAR_TAIL))


def _ratio(powers: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rational function of `x` `(n,)`: both polynomials at once by Horner's rule, since calls into numpy dominate."""
    values = powers[0] * x
    for coefficients in powers[1:-1]:
        values += coefficients
        values *= x
    values += powers[-1]
    result: NDArray[np.float64] = values[0] / values[1]
    return result


def _inverse_normal(u: NDArray[np.float64]) -> NDArray[np.float64]:
    p = u.ravel()
    q = p - 0.5
    x = q * _ratio(_CENTRAL_POWERS, 0.180625 - q * q)
    tail = np.flatnonzero(np.abs(q) > 0.425)
    if len(tail):
        q, p = q[tail], p[tail]
        r = np.sqrt(-np.log(np.where(q < 0, p, 1.0 - p)))
        size = _ratio(_TAIL_POWERS, r - 1.6)
        far = np.flatnonzero(~(r <= 5.0))
        if len(far):
            size[far] = _ratio(_FAR_TAIL_POWERS, r[far] - 5.0)
        x[tail] = np.copysign(size, q)
    return x.reshape(u.shape)
