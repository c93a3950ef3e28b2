"""Data sets by name. A new one is a `Source` in a file of its own and a line in `SOURCES`."""

from __future__ import annotations

from pathlib import Path

from trainer.data.dataset import DataError, Dataset, Source, Split
from trainer.data.mnist import MNIST
from trainer.data.strokes import STROKES

__all__ = ["SOURCES", "DataError", "Dataset", "Source", "Split", "fetch", "load"]

_ALL: tuple[Source, ...] = (MNIST, STROKES)
SOURCES = {source.name: source for source in _ALL}


def fetch(name: str, root: Path, source: Path | None = None) -> None:
    """Bring data set `name` under the data root, from the folder `source` or over the network.

    Raises:
        DataError: no such data set, or its files are missing, truncated or altered.
    """
    _source(name).fetch(root, source)


def load(name: str, root: Path, split: Split) -> Dataset:
    """Read one split of data set `name` from under the data root.

    Raises:
        DataError: no such data set, or its files are missing, truncated or altered.
    """
    return _source(name).load(root, split)


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise DataError(f"no data set {name!r}; known: {', '.join(sorted(SOURCES))}")
    return SOURCES[name]
