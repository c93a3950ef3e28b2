"""Drawn samples written as a packed set, each in its writer's split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from trainer.data import packed
from trainer.data.dataset import Split
from trainer.data.unipen import NOTICE, writers
from trainer.data.unipen.drawing import Drawn
from trainer.data.unipen.frame import FRAME

_SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def write(
    root: Path,
    name: str,
    drawn: Drawn,
    labels: Sequence[str],
    split_of: Mapping[str, Split],
    seed: int,
    rejected: Counter[str],
    columns: Mapping[str, packed.Labels] | None = None,
) -> None:
    """Pack what is drawn by its writers' splits, shuffled; `columns` are further facts of each image."""
    number = {label: place for place, label in enumerate(labels)}
    order = np.random.default_rng(seed).permutation(len(drawn.samples))
    all_labels = np.array([number[sample.label] for sample in drawn.samples], np.int64)
    columns = {
        "writers": writers.numbers([sample.writer for sample in drawn.samples], seed),
        "on_line": drawn.on_line.astype(np.int64),
        **(columns or {}),
    }
    own = {split: [row for row in order if split_of[drawn.samples[row].writer] == split] for split in _SPLITS}
    own = {split: rows for split, rows in own.items() if rows}
    packed.write(
        root,
        name,
        tuple(labels),
        {split: (drawn.images[rows], all_labels[rows]) for split, rows in own.items()},
        {
            "maker": "unipen",
            "seed": seed,
            "writers": int(columns["writers"].max()) + 1,
            "left_out": report(rejected),
        },
        {
            key: {split: values[rows] for split, rows in own.items()}
            for key, values in columns.items()
            if key != "labels"
        },
        FRAME,
        NOTICE,
    )


def report(rejected: Counter[str]) -> tuple[str, ...]:
    """What was left out, a line a reason, the most frequent first."""
    return tuple(f"left out {count}: {reason}" for reason, count in rejected.most_common() if count)
