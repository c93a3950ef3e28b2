"""Disjoint random parts of a data set: a validation part of the training images, and parts for measuring."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import torch

from trainer.data import load, packed
from trainer.data.dataset import Dataset

_VALIDATION = 1 / 12
_SEED = 0  # fixed: the parts of a data set are the same for every command and every seed of a run


def hold_out_validation(train: Dataset) -> tuple[Dataset, Dataset]:
    """The training images without a twelfth of them, and that twelfth: the validation images.

    Everything that is chosen by looking at accuracies is chosen on the validation images (which epoch of a classifier
    is kept, a verifier's temperature, a recipe's values), so that the test images are only read for published figures.
    """
    rest, validation = random_parts(train, (1 - _VALIDATION, _VALIDATION), _SEED)
    return rest, validation


def train_and_validation(name: str, root: Path) -> tuple[Dataset, Dataset]:
    """The training images of the data set `name` that choose nothing, and those that do, the validation images.

    A set that is divided by writers has validation images of its own; of others they are held out.

    Raises:
        DataError: as `trainer.data.load`.
    """
    if name in packed.names(root) and "validation" in packed.metadata(root, name).counts:
        return packed.load(root, name, "train"), packed.load(root, name, "validation")
    return hold_out_validation(load(name, root, "train"))


def random_parts(dataset: Dataset, fractions: Sequence[float], seed: int) -> tuple[Dataset, ...]:
    """Disjoint random parts of `dataset`, shuffled by `seed`, of the given `fractions` of its size, which sum to 1.

    The order is random because a data set may be sorted by label.
    """
    order = np.random.default_rng(seed).permutation(len(dataset))
    bounds = [round(bound * len(dataset)) for bound in accumulate(fractions, initial=0.0)]
    return tuple(_take(dataset, order[low:high]) for low, high in pairwise(bounds))


def _take(dataset: Dataset, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Dataset:
    index = torch.from_numpy(rows)
    writers = None if dataset.writers is None else dataset.writers[index]
    return dataclasses.replace(dataset, images=dataset.images[index], labels=dataset.labels[index], writers=writers)
