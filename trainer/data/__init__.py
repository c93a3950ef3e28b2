"""Data sets by name: those with a source of their own, and those packed from pictures or fonts.

To add one, write a `Source` in a module of its own and add it to `SOURCES`.
"""

from __future__ import annotations

from pathlib import Path

from trainer.data import packed
from trainer.data.calligraphy import CALLIGRAPHY, CALLIGRAPHY_64
from trainer.data.dataset import DataError, Dataset, Source, Split
from trainer.data.emnist import EMNIST_BALANCED, EMNIST_DIGITS, EMNIST_LETTERS
from trainer.data.fashion_mnist import FASHION_MNIST
from trainer.data.mnist import MNIST
from trainer.data.strokes import STROKES

__all__ = ["SOURCES", "DataError", "Dataset", "Source", "Split", "fetch", "load"]

_ALL: tuple[Source, ...] = (
    MNIST,
    FASHION_MNIST,
    EMNIST_DIGITS,
    EMNIST_LETTERS,
    EMNIST_BALANCED,
    STROKES,
    CALLIGRAPHY,
    CALLIGRAPHY_64,
)
SOURCES = {source.name: source for source in _ALL}


def fetch(name: str, root: Path, source: Path | None = None) -> None:
    """Store the data set `name` under the data root, from the folder `source` or over the network.

    Raises:
        DataError: there is no such data set, or its files are missing, truncated or altered.
    """
    if name not in SOURCES:
        raise _unknown(name, root)
    SOURCES[name].fetch(root, source)


def load(name: str, root: Path, split: Split) -> Dataset:
    """Read one split of the data set `name` from its source, or from the packed file of that name under the data root.

    Raises:
        DataError: there is no such data set or split, or its files are missing, truncated or altered.
    """
    if name in SOURCES and split == "validation":
        raise DataError(f"data set {name!r} has no validation split; it has train, test")
    if name in SOURCES:
        return SOURCES[name].load(root, split)
    if name in packed.names(root):
        return packed.load(root, name, split)
    raise _unknown(name, root)


def _unknown(name: str, root: Path) -> DataError:
    known = ", ".join(dict.fromkeys([*sorted(SOURCES), *packed.names(root)]))
    return DataError(f"no data set {name!r}; known: {known}; make one with python -m trainer data")
