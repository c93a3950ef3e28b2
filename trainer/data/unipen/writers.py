"""Who is trained on and who is tested on: a writer is in one split with all that he or she wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import Split

_SHARE = 1 / 8  # of the writers is the test set, and as many the validation set


def split_of(writer: str, seed: int) -> Split:
    """The split of a writer: a function of the name and the seed alone, so that it is the same in every set made."""
    place = _hash(writer, seed) / 2**64
    if place < _SHARE:
        return "test"
    return "validation" if place < 2 * _SHARE else "train"


def numbered(writers: Sequence[str], seed: int) -> NDArray[np.int64]:
    """A number for each writer from 0, int64 `(n,)`: they are told apart and not named. The order is the seed's."""
    order = sorted(set(writers), key=lambda writer: _hash(writer, seed))
    numbers = {writer: number for number, writer in enumerate(order)}
    return np.array([numbers[writer] for writer in writers], np.int64)


def _hash(writer: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {writer}".encode()).digest()[:8])
