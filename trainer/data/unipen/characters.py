"""The characters of UNIPEN as a data set: an image a character, at its place and in its size on the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from trainer.data.dataset import DataError
from trainer.data.unipen import drawing, packing, placement, quality, writers
from trainer.data.unipen.drawing import Drawn
from trainer.data.unipen.norms import CHARSET
from trainer.data.unipen.release import Release
from trainer.data.unipen.samples import CHARACTERS, Sample, collect

NAME = "unipen"
SIZE = 64
PER_WRITER = 20  # of a label by a writer
MIN_SAMPLES = 100  # of a label, or it is left out


def pack(
    source: Path,
    root: Path,
    size: int = SIZE,
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
    progress: Callable[[float], None] = lambda share: None,
) -> str:
    """Pack the set from the release in `source` and return its name: `unipen`, or `unipen-48` where the size is 48.

    Beside the images stand their `writers` and `on_line`: 1 where the letters around a character told where its line
    runs, 0 where it stands as its class usually does.

    Raises:
        DataError: no release is there, it is damaged, or too little of it is good.
    """
    rejected: Counter[str] = Counter()
    samples = usable(Release(source), rejected, lambda share: progress(0.2 * share))
    split_of = writers.splits({sample.writer for sample in samples}, seed)
    placed, norms = placement.learn(samples)
    drawn = drawing.draw(
        samples, placed, norms, (size, size), PER_WRITER, seed, rejected, lambda share: progress(0.2 + 0.5 * share)
    )
    labels = [sample.label for sample in drawn.samples]
    numbers = writers.numbers([sample.writer for sample in drawn.samples], seed)
    drawn = drawn[quality.not_contradicted(drawn.images, labels, numbers, seed, rejected)]
    drawn, charset = _common(drawn, rejected)
    name = NAME if size == SIZE else f"{NAME}-{size}"
    packing.write(root, name, drawn, charset, split_of, seed, rejected)
    for line in packing.report(rejected):
        say(line)
    progress(1.0)
    return name


def usable(
    release: Release, rejected: Counter[str], progress: Callable[[float], None] = lambda share: None
) -> list[Sample]:
    """The release's characters that lost no stroke.

    Raises:
        DataError: the release is damaged or holds none.
    """
    samples = collect(release, CHARACTERS, rejected, progress)
    single = [sample for sample in samples if len(sample.label) == 1]
    rejected["label is not one character"] += len(samples) - len(single)
    kept = quality.with_all_strokes(single, rejected)
    if not kept:
        raise DataError(f"no characters in the release: it has no good segment in {', '.join(CHARACTERS)}")
    return kept


def _common(drawn: Drawn, rejected: Counter[str]) -> tuple[Drawn, tuple[str, ...]]:
    """The characters of which there are enough, and all of their labels.

    Raises:
        DataError: there are no such characters.
    """
    counts = Counter(sample.label for sample in drawn.samples)
    labels = tuple(character for character in CHARSET if counts[character] >= MIN_SAMPLES)
    if not labels:
        raise DataError(f"no character has {MIN_SAMPLES} good samples in the release; is it whole?")
    rows = np.flatnonzero([sample.label in labels for sample in drawn.samples])
    rejected[f"fewer than {MIN_SAMPLES} of the label"] += len(drawn.samples) - len(rows)
    return drawn[rows], labels
