"""An LMDB database for deep-text-recognition-benchmark: `image-000000001`, `label-000000001`, ..., `num-samples`.

A data set in a folder is one database, to which shards are added. A shard as a file is a database of its own: the
`data.mdb` of such a folder, or what `lmdb.open(path, subdir=False)` opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import lmdb

from service.datasets.sample import Shard

Pair = tuple[bytes, str]
"""A picture as a PNG file, and its text."""

_MAP_SIZE = 2**40  # bytes of address space, not of the file: the file is as large as its content


def write(shard: Shard) -> bytes:
    """A shard as a database, whose samples are numbered from 1. The same shard gives the same bytes."""
    pairs = [(sample.png, sample.label) for sample in shard.samples]
    with TemporaryDirectory(prefix="inkcode-lmdb-") as folder:
        with LmdbWriter(Path(folder), sync=False) as database:
            database.add(0, pairs)
        return (Path(folder) / "data.mdb").read_bytes()


class LmdbWriter:
    """A database that grows shard by shard, each of which is added in one transaction.

    With `sync`, a transaction that has ended outlives a power failure.
    """

    def __init__(self, folder: Path, sync: bool = True) -> None:
        self._environment = lmdb.open(str(folder), map_size=_MAP_SIZE, sync=sync)

    def __enter__(self) -> LmdbWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._environment.close()

    def __len__(self) -> int:
        """The number of samples."""
        with self._environment.begin() as transaction:
            return int(transaction.get(b"num-samples") or 0)

    def add(self, first: int, pairs: Sequence[Pair]) -> None:
        """Add samples from index `first` on, in one transaction."""
        with self._environment.begin(write=True) as transaction:
            for number, (png, label) in enumerate(pairs, start=first + 1):
                transaction.put(b"image-%09d" % number, png)
                transaction.put(b"label-%09d" % number, label.encode())
            transaction.put(b"num-samples", b"%d" % (first + len(pairs)))

    def pairs(self, indices: range) -> list[Pair]:
        """The samples of these indices, as stored."""
        with self._environment.begin() as transaction:
            return [
                (transaction.get(b"image-%09d" % number, b""), transaction.get(b"label-%09d" % number, b"").decode())
                for number in range(indices.start + 1, indices.stop + 1)
            ]
