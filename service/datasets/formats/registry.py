"""The formats of a shard, each found by the ending of its file name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec

from latent import CodeError
from service.datasets.formats import (
    coco,
    doctr,
    easyocr,
    idx,
    imagefolder,
    paddle,
    paddle_detection,
    parquet,
    tesstrain,
    webdataset,
)
from service.datasets.sample import Shard


@dataclass(frozen=True)
class ShardFormat:
    """How one file of a shard is written. `requires` is a module that must be installed for it."""

    media_type: str
    write: Callable[[Shard], bytes]
    requires: str | None = None
    classes_only: bool = False
    """Whether it holds only grey pictures of one size, with labels that are numbers below 256."""
    holds_masks: bool = False
    holds_lines: bool = True
    """Whether it holds pictures of one glyph or one line each."""
    holds_pages: bool = False
    version: int = 1
    """Version of the format: another one may write other bytes for the same samples."""


def _write_lmdb(shard: Shard) -> bytes:
    from service.datasets.formats import lmdb  # imports lmdb, which is optional

    return lmdb.write(shard)


_TAR, _PARQUET = "application/x-tar", "application/vnd.apache.parquet"

SHARD_FORMATS: dict[str, ShardFormat] = {
    "tar": ShardFormat(_TAR, webdataset.write, holds_masks=True, holds_pages=True),
    "parquet": ShardFormat(_PARQUET, parquet.write, requires="pyarrow", holds_masks=True, holds_pages=True),
    "zip": ShardFormat("application/zip", imagefolder.write, requires="pyarrow", holds_masks=True, version=2),
    "paddle.tar": ShardFormat(_TAR, paddle.write, version=2),
    "easyocr.tar": ShardFormat(_TAR, easyocr.write),
    "doctr.tar": ShardFormat(_TAR, doctr.write),
    "tesstrain.tar": ShardFormat(_TAR, tesstrain.write),
    "mdb": ShardFormat("application/octet-stream", _write_lmdb, requires="lmdb"),
    "paddledet.tar": ShardFormat(_TAR, paddle_detection.write, holds_lines=False, holds_pages=True),
    "coco.tar": ShardFormat(_TAR, coco.write, holds_lines=False, holds_pages=True),
    "images-idx3-ubyte.gz": ShardFormat("application/gzip", idx.images, classes_only=True),
    "labels-idx1-ubyte.gz": ShardFormat("application/gzip", idx.labels, classes_only=True),
}
"""By the ending of the file name."""

DATASET_FORMATS: dict[str, tuple[str, ...]] = {
    "tar": ("tar",),
    "parquet": ("parquet",),
    "zip": ("zip",),
    "paddle": ("paddle.tar",),
    "easyocr": ("easyocr.tar",),
    "doctr": ("doctr.tar",),
    "tesstrain": ("tesstrain.tar",),
    "paddledet": ("paddledet.tar",),
    "coco": ("coco.tar",),
    "idx": ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"),
}
"""The formats of a whole data set, by name: the endings of the files that each shard has."""


class MissingDependencyError(RuntimeError):
    """A package that this would need is not installed; the message says which."""


def format_version(ending: str) -> object:
    """The version of the format with this ending, and of the package that writes it, if no other format needs that."""
    format_ = SHARD_FORMATS[ending]
    if format_.requires == "lmdb" and find_spec("lmdb"):
        return f"{format_.version} lmdb {version('lmdb')}"
    return format_.version


def endings(is_pages: bool) -> list[str]:
    """The endings of the formats that hold pages, or else glyphs and lines."""
    return [
        ending
        for ending, format_ in SHARD_FORMATS.items()
        if (format_.holds_pages if is_pages else format_.holds_lines)
    ]


def shard_format(
    ending: str, num_classes: int, channels: int, masks: bool = False, is_pages: bool = False
) -> ShardFormat:
    """The format with this ending, for pictures of `channels` channels and labels of `num_classes` classes (0: texts).

    `masks`: whether the samples have masks. `is_pages`: whether they are pages.

    Raises:
        CodeError: unknown, or it cannot hold such pictures and labels.
        MissingDependencyError: it cannot be written here.
    """
    if ending not in SHARD_FORMATS:
        raise CodeError("format", ending, f"the endings are {', '.join(SHARD_FORMATS)}")
    found = SHARD_FORMATS[ending]
    if found.classes_only and (channels != 1 or not 0 < num_classes <= 256):
        raise CodeError("format", ending, "holds grey pictures of 256 classes at most; ask for another format")
    if ending not in (fitting := endings(is_pages)):
        what = "pages" if is_pages else "glyphs and lines"
        raise CodeError("format", ending, f"has no place for {what}; those that have are {', '.join(fitting)}")
    if masks and not found.holds_masks:
        holding = ", ".join(name for name, format_ in SHARD_FORMATS.items() if format_.holds_masks)
        raise CodeError("format", ending, f"has no place for masks; those that have are {holding}")
    if found.requires and find_spec(found.requires) is None:
        raise MissingDependencyError(
            f"{ending} needs {found.requires}, which is not installed: pip install 'inkcode[datasets]'"
        )
    return found
