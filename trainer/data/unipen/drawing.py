"""Samples at their place on the line, drawn as the images of a set."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.unipen import ink, pen, quality, raster
from trainer.data.unipen import norms as class_norms
from trainer.data.unipen.frame import fitted
from trainer.data.unipen.norms import Norms
from trainer.data.unipen.placement import Placement
from trainer.data.unipen.samples import Sample


@dataclass(frozen=True)
class Drawn:
    """Images uint8 `(n, 1, height, width)`, the sample that each shows, and whether its neighbours told its line."""

    images: NDArray[np.uint8]
    samples: tuple[Sample, ...]
    on_line: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.intp]) -> Drawn:
        return Drawn(self.images[rows], tuple(self.samples[row] for row in rows), self.on_line[rows])


def draw(
    samples: Sequence[Sample],
    placed: Placement,
    norms: Norms,
    shape: tuple[int, int],
    most: int,
    seed: int,
    rejected: Counter[str],
    progress: Callable[[float], None],
) -> Drawn:
    """Draw the placed samples that are good, at most `most` of a label by a writer, on images of `shape`.

    A writer holds one pen. An image is a function of the sample, its placement and the seed. What is left out is
    counted in `rejected`, by reason.
    """
    expected = class_norms.expected(norms, [sample.label for sample in samples])[:, :2]
    standing = quality.well_placed(samples, placed.extents(samples), expected, placed.x_height, rejected)
    chosen = standing[quality.at_most(most, [samples[row] for row in standing], seed, rejected)]
    pens = {writer: pen.pen_of(writer, seed) for writer in {samples[row].writer for row in chosen}}
    height, width = shape
    images = np.zeros((len(chosen), 1, *shape), np.uint8)
    kept: list[int] = []
    for number, row in enumerate(chosen):
        sample = samples[row]
        upright = ink.on_line(sample.strokes, placed.baseline[row], placed.x_height[row])
        strokes = fitted(ink.smooth(upright), width / height)
        if strokes is None:
            rejected["larger than the image"] += 1
            continue
        rng = np.random.default_rng(_key(sample, seed))
        images[len(kept), 0] = raster.draw(strokes, pens[sample.writer].radii(strokes, rng), height, width)
        kept.append(row)
        progress((number + 1) / len(chosen))
    return Drawn(images[: len(kept)], tuple(samples[row] for row in kept), placed.on_line[kept])


def _key(sample: Sample, seed: int) -> list[int]:
    name = f"{sample.source} {sample.place} {sample.label}"
    return [seed, *hashlib.sha256(name.encode()).digest()]
