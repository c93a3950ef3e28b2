"""A data set packed into one file, `<root>/<name>/set.npz`: two arrays or more for each split, and their metadata.

It is an uncompressed zip file: it is replaced as a whole, one split is read without the other, and checksums detect
damage.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from latent.card import LineFrame
from trainer.data.dataset import DataError, Dataset, Split
from trainer.storage.atomic import atomic_write

FILE = "set.npz"
_METADATA = "set.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


class Metadata(BaseModel):
    """A packed set's metadata, `set.json` inside the file.

    `counts` is the number of images in each split. `made` says how to make the set again: the name of the maker and its
    options, what it read and what it left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label_names: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    channels: int = Field(ge=1)
    height: int = Field(ge=1)
    width: int = Field(ge=1)
    counts: Mapping[Split, int]
    made: Mapping[str, str | int | float | tuple[str, ...]]
    notice: str | None = None
    frame: LineFrame | None = None

    @model_validator(mode="after")
    def _labels_differ(self) -> Metadata:
        if len(set(self.label_names)) != len(self.label_names):
            raise ValueError(f"label_names must differ, got {self.label_names}")
        return self


def check_name(name: str, taken: Mapping[str, object]) -> None:
    """Check the name for a packed set: it becomes the name of a folder and must not be one of `taken`.

    Raises:
        DataError: the name cannot be used.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            f"--as {name!r}: a name is up to 64 lower-case letters, digits, '.', '_' and '-', and begins with a letter "
            "or digit"
        )
    if name in taken:
        raise DataError(f"--as {name!r}: a data set has that name already; choose another")


def write(
    root: Path,
    name: str,
    label_names: tuple[str, ...],
    splits: Mapping[Split, tuple[Images, Labels]],
    made: Mapping[str, str | int | float | tuple[str, ...]],
    columns: Mapping[str, Mapping[Split, Labels]] | None = None,
    frame: LineFrame | None = None,
    notice: str | None = None,
) -> None:
    """Write the splits, images uint8 `(n, C, H, W)` and labels int64 `(n,)`, as data set `name`, atomically.

    `columns` are further facts of each image, int64 `(n,)` for each split, by name; `Dataset.writers` is the one called
    `writers`. `notice` and `frame` are the data set's. Equal arguments give equal bytes.

    Raises:
        pydantic.ValidationError: label names that are empty or not unique.
    """
    _, channels, height, width = next(iter(splits.values()))[0].shape
    metadata = Metadata(
        label_names=label_names,
        channels=channels,
        height=height,
        width=width,
        counts={split: len(labels) for split, (_, labels) in splits.items()},
        made=made,
        frame=frame,
        notice=notice,
    )
    arrays: dict[str, NDArray[Any]] = {}
    for split, (images, labels) in splits.items():
        arrays |= {f"{split}_images": images, f"{split}_labels": labels}
        arrays |= {f"{split}_{column}": values[split] for column, values in (columns or {}).items()}
    with atomic_write(root / name / FILE) as temporary:
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type] # no array is named allow_pickle
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(zipfile.ZipInfo(_METADATA), metadata.model_dump_json(indent=1, exclude_none=True))


def names(root: Path) -> tuple[str, ...]:
    """The names of the packed sets under `root`, sorted."""
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{FILE}")))


def metadata(root: Path, name: str) -> Metadata:
    """The metadata of the packed set `name`.

    Raises:
        DataError: the file is missing or damaged.
    """
    with _open(root, name) as archive:
        return _metadata(archive)


def load(root: Path, name: str, split: Split) -> Dataset:
    """Read one split of the packed set `name`.

    Raises:
        DataError: the file is missing or damaged, or the set has no such split.
    """
    with _open(root, name) as archive:
        about = _metadata(archive)
        _check_split(about, name, split)
        images, labels = (torch.from_numpy(archive[f"{split}_{what}"]) for what in ("images", "labels"))
        writers = torch.from_numpy(archive[f"{split}_writers"]) if f"{split}_writers" in archive else None
        return Dataset(name, images, labels, about.label_names, about.notice, writers, about.frame)


def column(root: Path, name: str, split: Split, column: str) -> Labels:
    """A further fact of each image of a split, int64 `(n,)`, such as `writers`.

    Raises:
        DataError: the file is missing or damaged, or the set has no such split or column.
    """
    with _open(root, name) as archive:
        _check_split(_metadata(archive), name, split)
        if f"{split}_{column}" not in archive:
            raise DataError(f"data set {name!r} has no column {column!r}")
        values: Labels = archive[f"{split}_{column}"]
        return values


def _check_split(about: Metadata, name: str, split: Split) -> None:
    if split not in about.counts:
        raise DataError(f"data set {name!r} has no {split} split; it has {', '.join(about.counts)}")


def _metadata(archive: NpzFile) -> Metadata:
    return Metadata.model_validate_json(bytes(archive[_METADATA]))


@contextmanager
def _open(root: Path, name: str) -> Iterator[NpzFile]:
    path = root / name / FILE
    try:
        # np.load does not close a path that is not a zip file, so the file is opened here.
        with path.open("rb") as stream, np.load(stream) as archive:
            yield archive
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: missing or damaged ({error}); make it anew with python -m trainer data") from None
