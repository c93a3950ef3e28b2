"""The formats a shard can have, by the ending of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from latent import CodeError
from service.datasets.formats import idx, imagefolder, paddle, parquet, webdataset
from service.datasets.sample import Sample

VERSION = 1
"""Of all that is written here: another one may write other bytes."""


@dataclass(frozen=True)
class Format:
    """A file of a shard. `needs` is the module that must be installed for it."""

    media_type: str
    write: Callable[[Sequence[Sample]], bytes]
    needs: str | None = None
    classes: bool = False
    """Whether it holds grey pictures of one size with labels that are numbers below 256, and nothing else."""


ENDINGS: dict[str, Format] = {
    "tar": Format("application/x-tar", webdataset.write),
    "parquet": Format("application/vnd.apache.parquet", parquet.write, needs="pyarrow"),
    "zip": Format("application/zip", imagefolder.write),
    "paddle.tar": Format("application/x-tar", paddle.write),
    "images-idx3-ubyte.gz": Format("application/gzip", idx.images, classes=True),
    "labels-idx1-ubyte.gz": Format("application/gzip", idx.labels, classes=True),
}

FORMATS: dict[str, tuple[str, ...]] = {
    "tar": ("tar",),
    "parquet": ("parquet",),
    "zip": ("zip",),
    "paddle": ("paddle.tar",),
    "idx": ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"),
}
"""The endings of each format's files."""


class MissingError(RuntimeError):
    """A format is known, and what it needs is not installed here."""


def find(ending: str, labels: int, channels: int) -> Format:
    """The format of this ending, for so many different labels (0: text) and channels.

    Raises:
        CodeError: unknown, or none that holds such pictures and labels.
        MissingError: it cannot be written here.
    """
    if ending not in ENDINGS:
        raise CodeError("format", ending, f"the endings are {', '.join(ENDINGS)}")
    found = ENDINGS[ending]
    if found.classes and (channels != 1 or not 0 < labels <= 256):
        raise CodeError("format", ending, "holds grey pictures of 256 classes at most; ask for another format")
    if found.needs and find_spec(found.needs) is None:
        raise MissingError(f"{ending} needs {found.needs}, which is not installed: pip install 'inkcode[datasets]'")
    return found
