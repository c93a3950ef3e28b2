"""Which samples are good: no stroke is missing, they are long enough, on their line, and not read as another label.

Every function returns the rows it keeps and counts the others in `rejected`, by reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.data.unipen import cross_reading, ink
from trainer.data.unipen.norms import Floats
from trainer.data.unipen.samples import Sample

Rows = NDArray[np.intp]

_APART = '!":;=?%'
"""Signs of parts that do not touch: one stroke cannot draw them."""
_LOST = 0.1  # of a contributor's signs of `_APART` are of one stroke: its other characters lack strokes too
_ENOUGH = 20  # such signs that tell

_SMALL = 0.5  # x-heights: a class as low as this may be a mere dot
_SHORTEST = 0.5  # of the height of its class: the path of a sample that is not small
_FEWEST = 4  # points of a sample that is not small
_OFF = 1.0  # x-heights that its bottom or top may be off its class's

_FOLDS = 3  # of the writers; a reader trained on the others reads each
_SURE = 0.9  # probability of another label with which a reader contradicts a sample's own
_DOUBTED = 0.02  # probability of the sample's own label, which must be below this too


def with_all_strokes(samples: Sequence[Sample], rejected: Counter[str]) -> list[Sample]:
    """Samples that cannot be seen to lack strokes, of contributors that seldom lose any."""
    signs: dict[str, list[bool]] = defaultdict(list)
    for sample in samples:
        if sample.label in _APART:
            signs[sample.contributor].append(len(sample.strokes) == 1)
    losing = {name for name, single in signs.items() if len(single) >= _ENOUGH and np.mean(single) > _LOST}
    kept = []
    for sample in samples:
        if sample.contributor in losing:
            rejected["contributor that loses strokes"] += 1
        elif sample.label in _APART and len(sample.strokes) == 1:
            rejected["strokes missing"] += 1
        else:
            kept.append(sample)
    return kept


def well_placed(
    samples: Sequence[Sample], extents: Floats, expected: Floats, x_height: Floats, rejected: Counter[str]
) -> Rows:
    """Samples that are long enough and stand where their class does.

    `extents` and `expected`: bottom and top of each and of its class, `(n, 2)` in x-heights. `x_height` `(n,)`: NaN
    where the size of the hand is not known.
    """
    kept = []
    for row, (sample, extent, usual, unit) in enumerate(zip(samples, extents, expected, x_height, strict=True)):
        height = usual[1] - usual[0]
        if not np.isfinite(unit):
            rejected["size of the hand unknown"] += 1
        elif height > _SMALL and (
            sum(map(len, sample.strokes)) < _FEWEST or ink.length(sample.strokes) < _SHORTEST * height * unit
        ):
            rejected["too short"] += 1
        elif np.abs(extent - usual).max() > _OFF:
            rejected["far from where its class stands"] += 1
        else:
            kept.append(row)
    return np.array(kept, np.intp)


def at_most(most: int, samples: Sequence[Sample], seed: int, rejected: Counter[str]) -> Rows:
    """At most so many samples of each label by each writer, chosen by the seed: a few writers gave thousands."""
    counts: Counter[tuple[str, str]] = Counter()
    kept = []
    for row in np.random.default_rng(seed).permutation(len(samples)):
        hand = samples[row].writer, samples[row].label
        counts[hand] += 1
        if counts[hand] <= most:
            kept.append(row)
    rejected[f"more than {most} of a label by a writer"] += len(samples) - len(kept)
    return np.sort(np.array(kept, np.intp))


def not_contradicted(
    images: NDArray[np.uint8], labels: Sequence[str], writers: NDArray[np.int64], seed: int, rejected: Counter[str]
) -> Rows:
    """Images but those whose label is wrong, as far as a reader trained on other writers' images is sure.

    The reader of a fold has not seen its writers, nor the wrong labels that they may have in common. `images` uint8
    `(n, 1, H, W)`; `writers` are the numbers of who wrote them, int64 `(n,)`.
    """
    own = np.unique(labels, return_inverse=True)[1]
    probabilities = cross_reading.cross_read(
        torch.from_numpy(images), torch.from_numpy(own), torch.from_numpy(writers % _FOLDS), seed
    ).numpy()
    contradicted = (probabilities.max(axis=1) > _SURE) & (probabilities[np.arange(len(own)), own] < _DOUBTED)
    rejected["read as another label"] += int(contradicted.sum())
    return np.flatnonzero(~contradicted)
