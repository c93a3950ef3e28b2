"""LMDB as deep-text-recognition-benchmark reads it: `image-000000001`, `label-000000001`, ..., and `num-samples`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import lmdb

Pair = tuple[bytes, str]
"""A picture as a PNG file, and its text."""

_MOST = 2**40  # bytes of addresses: the file is as large as what it holds


class Writer:
    """A database that grows shard by shard, and after each is one that can be read."""

    def __init__(self, folder: Path) -> None:
        self._environment = lmdb.open(str(folder), map_size=_MOST)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._environment.close()

    def __len__(self) -> int:
        """How many samples it holds."""
        with self._environment.begin() as transaction:
            return int(transaction.get(b"num-samples") or 0)

    def add(self, first: int, pairs: Sequence[Pair]) -> None:
        """Put samples in from index `first` on, all of them at once."""
        with self._environment.begin(write=True) as transaction:
            for number, (png, label) in enumerate(pairs, start=first + 1):
                transaction.put(b"image-%09d" % number, png)
                transaction.put(b"label-%09d" % number, label.encode())
            transaction.put(b"num-samples", b"%d" % (first + len(pairs)))

    def pairs(self, indices: range) -> list[Pair]:
        """These samples, as they stand there."""
        with self._environment.begin() as transaction:
            return [
                (transaction.get(b"image-%09d" % number, b""), transaction.get(b"label-%09d" % number, b"").decode())
                for number in range(indices.start + 1, indices.stop + 1)
            ]
