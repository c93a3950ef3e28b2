"""Who is trained on and who is tested on: a writer is in one split with all that he or she wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Split

_SHARE = 1 / 8  # of the writers is the test set, and as many are the validation set


def splits(writers: Collection[str], seed: int) -> Mapping[str, Split]:
    """The split of each writer, chosen by the seed."""
    order = _shuffled(writers, seed)
    held_out = round(_SHARE * len(order))
    validation, test = len(order) - 2 * held_out, len(order) - held_out
    return {
        writer: "train" if place < validation else "validation" if place < test else "test"
        for place, writer in enumerate(order)
    }


def numbers(writers: Sequence[str], seed: int) -> NDArray[np.int64]:
    """A number from 0 for each writer, int64 `(n,)`: writers are told apart and not named.

    The numbers of those trained on come first.
    """
    number = {writer: place for place, writer in enumerate(_shuffled(writers, seed))}
    return np.array([number[writer] for writer in writers], np.int64)


def _shuffled(writers: Collection[str], seed: int) -> list[str]:
    """Each writer once, in an order that depends on the names and the seed alone."""
    return sorted(set(writers), key=lambda writer: hashlib.sha256(f"{seed} {writer}".encode()).digest())
