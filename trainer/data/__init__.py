"""Data sets by name: published ones, and those packed here from pictures or fonts.

A new published one is a `Source` in a file of its own and a place in `SOURCES`.
"""

from __future__ import annotations

from pathlib import Path

from trainer.data import calligraphy, packed, unipen
from trainer.data.dataset import DataError, Dataset, Source, Split
from trainer.data.emnist import EMNIST_BALANCED, EMNIST_DIGITS, EMNIST_LETTERS
from trainer.data.fashion_mnist import FASHION_MNIST
from trainer.data.mnist import MNIST
from trainer.data.strokes import STROKES

__all__ = ["SOURCES", "DataError", "Dataset", "Source", "Split", "fetch", "load", "notice"]

_ALL: tuple[Source, ...] = (MNIST, FASHION_MNIST, EMNIST_DIGITS, EMNIST_LETTERS, EMNIST_BALANCED, STROKES)
SOURCES = {source.name: source for source in _ALL}


def fetch(name: str, root: Path, source: Path | None = None) -> None:
    """Bring the published data set `name` under the data root, from the folder `source` or over the network.

    Raises:
        DataError: no such data set, or its files are missing, truncated or altered.
    """
    if name not in SOURCES:
        raise _unknown(name, root)
    SOURCES[name].fetch(root, source)


def load(name: str, root: Path, split: Split) -> Dataset:
    """Read one split of data set `name` from under the data root: a published one, or else one packed there.

    Raises:
        DataError: no such data set or split, or its files are missing, truncated or altered.
    """
    if name in SOURCES and split == "validation":
        raise DataError(f"data set {name!r} has no validation split; it has train, test")
    if name in SOURCES:
        return SOURCES[name].load(root, split)
    if name in packed.names(root):
        return packed.load(root, name, split)
    raise _unknown(name, root)


def notice(name: str) -> str | None:
    """What the licence of data set `name` wants said wherever a generator trained on it goes; None where nothing."""
    return {"calligraphy": calligraphy.NOTICE, "unipen": unipen.NOTICE}.get(name.partition("-")[0])


def _unknown(name: str, root: Path) -> DataError:
    known = ", ".join([*sorted(SOURCES), *packed.names(root)])
    return DataError(f"no data set {name!r}; known: {known}; make one with python -m trainer data")
