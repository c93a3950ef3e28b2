"""Where a character's ink usually stands, by class: from which height above the baseline to which, in x-heights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHARSET = "".join(map(chr, range(0x21, 0x7F)))
X_HEIGHT = "acemnorsuvwxz"
"""The letters that fill the height between the baseline and the x-height and nothing else."""

_LEAST = 30  # samples that decide a class's norm; a class with fewer keeps its first one
_FLOOR = 1e-4  # of a variance, in square x-heights


class Norm(NamedTuple):
    """Where the ink of a class usually begins and ends above the baseline, in x-heights.

    `steadiness`, 0 to 1: how much better the bottom than the top tells where the baseline is; 0.5 where both tell it
    as well.
    """

    bottom: float
    top: float
    steadiness: float = 0.5


# The first norms, as type has them; the release's own ink corrects them.
_FIRST = {
    **dict.fromkeys(CHARSET, (-0.1, 1.9)),
    **dict.fromkeys(X_HEIGHT, (0.0, 1.0)),
    **dict.fromkeys("bdhkl", (0.0, 1.9)),
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", (0.0, 1.8)),
    **dict.fromkeys("gpqy", (-0.9, 1.0)),
    **dict.fromkeys("it", (0.0, 1.6)),
    **dict.fromkeys("'\"`^", (1.3, 2.0)),
    **dict.fromkeys("+<>", (0.1, 1.4)),
    "f": (-0.1, 1.9),
    "j": (-0.8, 1.6),
    ".": (0.0, 0.1),
    ",": (-0.5, 0.2),
    ":": (0.2, 1.2),
    ";": (-0.5, 1.2),
    "-": (0.6, 0.7),
    "~": (0.5, 1.0),
    "_": (-0.1, 0.0),
    "=": (0.4, 1.0),
    "*": (0.5, 1.7),
}

Norms = dict[str, Norm]


def first() -> Norms:
    """The norms to begin with."""
    return {character: Norm(bottom, top) for character, (bottom, top) in _FIRST.items()}


def expected(norms: Norms, labels: Sequence[str]) -> Floats:
    """Bottom, top and steadiness of each label's ink, `(n, 3)`; a word stands as its characters do together."""
    known = {}
    for label in set(labels):
        bottoms, tops, steadiness = zip(*(norms[character] for character in label), strict=True)
        known[label] = (min(bottoms), max(tops), sum(steadiness) / len(label))
    return np.array([known[label] for label in labels]).reshape(-1, 3)


def learned(norms: Norms, labels: NDArray[np.str_], extents: Floats) -> Norms:
    """The norms as these characters have them: the medians of `extents` `(n, 2)`, bottom and top above the baseline.

    They are moved and scaled so that the letters of `X_HEIGHT` run from 0 to 1 in the mean. Steadiness weighs bottom
    and top by the inverse of their variance, which the median absolute deviation estimates.
    """
    found = {}
    for character in np.unique(labels):
        own = extents[labels == character]
        if len(own) >= _LEAST:
            medians = np.median(own, axis=0)
            variance = np.median(np.abs(own - medians), axis=0) ** 2 + _FLOOR
            found[str(character)] = Norm(float(medians[0]), float(medians[1]), float(variance[1] / variance.sum()))
    found = norms | found
    zero, one, _ = np.mean([found[character] for character in X_HEIGHT], axis=0).tolist()
    return {
        character: Norm((norm.bottom - zero) / (one - zero), (norm.top - zero) / (one - zero), norm.steadiness)
        for character, norm in found.items()
    }
