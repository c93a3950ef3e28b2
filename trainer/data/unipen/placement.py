"""Where ink stands on its line: the baseline and the x-height of every sample, in the units of its tablet.

The release says neither. Both follow from the writer's own ink: the heights of the letters in a file tell the size of
the hand, and the letters before and after a sample tell where the line runs. A sample without such neighbours, or of a
file whose characters stand on no common line, is placed where its class usually stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trainer.data.unipen import norms as class_norms
from trainer.data.unipen.norms import Floats, Norms
from trainer.data.unipen.samples import Sample

_STURDY = 0.7  # x-heights: labels at least this high tell the size of the hand
_ENOUGH = 8  # sturdy samples in a file that tell the size; with fewer, all of the writer's files do
_NEIGHBOURS = 4  # on either side of a sample, that tell where its line runs
_LEAST = 3  # of them
_NEW_LINE = 0.9  # x-heights between the last letters' baseline and the next one's
_STEADY = 0.2  # x-heights that a file's letters stand off their neighbours' baseline, in the median
_UNBIASED = 0.3  # x-heights that any kind of letter in a file stands off it, in the median
_STRAY = 1.0  # x-heights from the line, beyond which it is not the sample's own
_ROUNDS = 4  # of learning the norms from the placed ink and placing it by the norms


@dataclass(frozen=True)
class Placement:
    """The baseline's y, the x-height, and whether neighbours told the baseline, of each sample: `(n,)` each.

    The x-height is NaN where nothing tells it.
    """

    baseline: Floats
    x_height: Floats
    on_line: NDArray[np.bool_]

    def extents(self, samples: Sequence[Sample]) -> Floats:
        """Bottom and top of each sample in x-heights above the baseline, `(n, 2)`."""
        edges = np.array([(sample.box[1], sample.box[3]) for sample in samples]).reshape(-1, 2)
        return (edges - self.baseline[:, None]) / self.x_height[:, None]


@dataclass(frozen=True)
class _Marks:
    """What placing needs of the samples, in order of the ink: `(n,)` each."""

    bottom: Floats
    top: Floats
    middle: Floats  # x
    source: NDArray[np.intp]
    writer: NDArray[np.intp]
    lettered: NDArray[np.bool_]  # labels with a letter or digit: their place differs little from hand to hand


def learn(samples: Sequence[Sample]) -> tuple[Placement, Norms]:
    """Place characters, and find how high each class of them stands. `samples` are in order of the ink."""
    marks, labels = _marks(samples), [sample.label for sample in samples]
    norms = class_norms.first()
    placed = _place(marks, class_norms.expected(norms, labels))
    for _ in range(_ROUNDS):
        told = placed.on_line
        norms = class_norms.learned(norms, np.array(labels)[told], placed.extents(samples)[told])
        placed = _place(marks, class_norms.expected(norms, labels))
    return placed, norms


def place(samples: Sequence[Sample], norms: Norms) -> Placement:
    """Place characters or words by known norms. `samples` are in order of the ink."""
    return _place(_marks(samples), class_norms.expected(norms, [sample.label for sample in samples]))


def _marks(samples: Sequence[Sample]) -> _Marks:
    left, bottom, right, top = np.array([sample.box for sample in samples]).reshape(-1, 4).T
    return _Marks(
        bottom=bottom,
        top=top,
        middle=(left + right) / 2,
        source=np.unique([sample.source for sample in samples], return_inverse=True)[1],
        writer=np.unique([sample.writer for sample in samples], return_inverse=True)[1],
        lettered=np.array([any(map(str.isalnum, sample.label)) for sample in samples], bool),
    )


def _place(marks: _Marks, expected: Floats) -> Placement:
    x_height = _x_heights(marks, expected)
    # Where the baseline would be if the sample stood as its class does.
    bottom, top, steadiness = expected.T
    usual = steadiness * (marks.bottom - x_height * bottom) + (1 - steadiness) * (marks.top - x_height * top)
    baseline, on_line = usual.copy(), np.zeros(len(usual), bool)
    for first, end in pairwise(np.flatnonzero(np.diff(marks.source, prepend=-1, append=-1))):
        own = slice(first, end)
        size = x_height[first]
        if not np.isfinite(size):
            continue
        lettered = marks.lettered[own]
        line = _lines(usual[own], lettered, size)
        if _steady((usual[own] - line) / size, lettered, expected[own]):
            told = np.abs(usual[own] - line) < _STRAY * size
            # Where every character was drawn in a box of its own, the box says little about where signs belong.
            told &= lettered | _advances(marks.middle[own], lettered, size)
            baseline[own][told], on_line[own] = line[told], told
    return Placement(baseline, x_height, on_line)


def _x_heights(marks: _Marks, expected: Floats) -> Floats:
    """The x-height by each file, or by each writer where a file tells too little; NaN where neither tells it."""
    height = marks.top - marks.bottom
    sturdy = marks.lettered & (expected[:, 1] - expected[:, 0] >= _STURDY) & (height > 0)
    ratio = height / np.maximum(expected[:, 1] - expected[:, 0], _STURDY)
    by_writer = _medians(ratio, marks.writer, sturdy, least=1)
    by_source = _medians(ratio, marks.source, sturdy, least=_ENOUGH)
    return np.where(np.isfinite(by_source), by_source, by_writer)


def _medians(values: Floats, group: NDArray[np.intp], valid: NDArray[np.bool_], least: int) -> Floats:
    """For each sample the median of its group's valid values; NaN where there are fewer than `least`."""
    result = np.full(len(values), np.nan)
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        own = rows[valid[rows]]
        if len(own) >= least:
            result[rows] = np.median(values[own])
    return result


def _lines(usual: Floats, lettered: NDArray[np.bool_], size: float) -> Floats:
    """The baseline at each sample of a file: the median of its lettered neighbours' on the same line, or NaN."""
    letters = np.flatnonzero(lettered)
    run = np.zeros(len(usual), int)
    for number, letter in enumerate(letters):
        recent = [usual[i] for i in letters[max(0, number - 3) : number] if run[i] == run[letters[number - 1]]]
        run[letter:] += bool(recent) and abs(usual[letter] - np.median(recent)) > _NEW_LINE * size
    line = np.full(len(usual), np.nan)
    for sample, number in enumerate(np.searchsorted(letters, np.arange(len(usual)))):
        around = letters[max(0, number - _NEIGHBOURS) : number + _NEIGHBOURS + 1]
        around = around[(around != sample) & (run[around] == run[sample])]
        if len(around) >= _LEAST:
            line[sample] = np.median(usual[around])
    return line


def _steady(offset: Floats, lettered: NDArray[np.bool_], expected: Floats) -> bool:
    """Whether a file's letters stand on lines: small, tall and descending ones alike."""
    known = lettered & np.isfinite(offset)
    if known.sum() < _LEAST or np.median(np.abs(offset[known])) > _STEADY:
        return False
    descending, tall = expected[:, 0] < -0.4, expected[:, 1] > 1.4
    kinds = (known & descending, known & tall & ~descending, known & ~tall & ~descending)
    return all(kind.sum() < _LEAST or abs(np.median(offset[kind])) <= _UNBIASED for kind in kinds)


def _advances(middle: Floats, lettered: NDArray[np.bool_], size: float) -> bool:
    """Whether a file's letters follow each other from left to right, as text does."""
    steps = np.diff(middle[lettered]) / size
    return len(steps) > 0 and float(((steps > 0.3) & (steps < 6.0)).mean()) >= 0.5
