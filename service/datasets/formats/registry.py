"""The formats of a shard, each found by the ending of its file name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from latent import CodeError
from service.datasets.formats import idx, imagefolder, paddle, parquet, webdataset
from service.datasets.sample import Sample

FORMATS_VERSION = 1
"""Version of all formats together: another one may write other bytes for the same samples."""


@dataclass(frozen=True)
class ShardFormat:
    """How one file of a shard is written. `requires` is a module that must be installed for it."""

    media_type: str
    write: Callable[[Sequence[Sample]], bytes]
    requires: str | None = None
    classes_only: bool = False
    """Whether it holds only grey pictures of one size, with labels that are numbers below 256."""


SHARD_FORMATS: dict[str, ShardFormat] = {
    "tar": ShardFormat("application/x-tar", webdataset.write),
    "parquet": ShardFormat("application/vnd.apache.parquet", parquet.write, requires="pyarrow"),
    "zip": ShardFormat("application/zip", imagefolder.write),
    "paddle.tar": ShardFormat("application/x-tar", paddle.write),
    "images-idx3-ubyte.gz": ShardFormat("application/gzip", idx.images, classes_only=True),
    "labels-idx1-ubyte.gz": ShardFormat("application/gzip", idx.labels, classes_only=True),
}
"""By the ending of the file name."""

DATASET_FORMATS: dict[str, tuple[str, ...]] = {
    "tar": ("tar",),
    "parquet": ("parquet",),
    "zip": ("zip",),
    "paddle": ("paddle.tar",),
    "idx": ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"),
}
"""The formats of a whole data set, by name: the endings of the files that each shard has."""


class MissingDependencyError(RuntimeError):
    """A package that this would need is not installed; the message says which."""


def shard_format(ending: str, num_classes: int, channels: int) -> ShardFormat:
    """The format with this ending, for pictures of `channels` channels and labels of `num_classes` classes (0: texts).

    Raises:
        CodeError: unknown, or it cannot hold such pictures and labels.
        MissingDependencyError: it cannot be written here.
    """
    if ending not in SHARD_FORMATS:
        raise CodeError("format", ending, f"the endings are {', '.join(SHARD_FORMATS)}")
    found = SHARD_FORMATS[ending]
    if found.classes_only and (channels != 1 or not 0 < num_classes <= 256):
        raise CodeError("format", ending, "holds grey pictures of 256 classes at most; ask for another format")
    if found.requires and find_spec(found.requires) is None:
        raise MissingDependencyError(
            f"{ending} needs {found.requires}, which is not installed: pip install 'inkcode[datasets]'"
        )
    return found
