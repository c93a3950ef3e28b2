"""A data set made here, packed into one file: `<root>/<name>/set.npz`, two arrays or more a split and what they are.

One uncompressed zip file, so that it is replaced whole, a split is read without the other, and damage shows.
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

from trainer.data.dataset import DataError, Dataset, LineFrame, Split
from trainer.storage.atomic import replacing

FILE = "set.npz"
_CONTENTS = "set.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


class Contents(BaseModel):
    """What a packed set holds and how it was made; `set.json` inside the file.

    `made` is what it takes to make the set again: the maker, its options, what it found and what it left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label_names: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    channels: int = Field(ge=1)
    height: int = Field(ge=1)
    width: int = Field(ge=1)
    counts: Mapping[Split, int]
    made: Mapping[str, str | int | float | tuple[str, ...]]
    frame: LineFrame | None = None

    @model_validator(mode="after")
    def _labels_differ(self) -> Contents:
        if len(set(self.label_names)) != len(self.label_names):
            raise ValueError(f"label_names must differ, got {self.label_names}")
        return self


def check_name(name: str, taken: Mapping[str, object]) -> None:
    """A packed set's name becomes a folder's and must be free.

    Raises:
        DataError: it cannot be one, or it is one of `taken`.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            f"--as {name!r}: a name is up to 64 small letters, digits, '.', '_' and '-', and no sign comes first"
        )
    if name in taken:
        raise DataError(f"--as {name!r}: a published data set has that name; choose another")


def write(
    root: Path,
    name: str,
    label_names: tuple[str, ...],
    splits: Mapping[Split, tuple[Images, Labels]],
    made: Mapping[str, str | int | float | tuple[str, ...]],
    columns: Mapping[str, Mapping[Split, Labels]] | None = None,
    frame: LineFrame | None = None,
) -> None:
    """Pack the splits, images uint8 `(n, C, H, W)` and labels int64 `(n,)`, as data set `name`, whole or not at all.

    `columns` are further facts of each image, int64 `(n,)` a split, by name; `writers` is the one that a data set has.
    The same content always gives the same bytes.

    Raises:
        pydantic.ValidationError: label names that are empty or not unique.
    """
    _, channels, height, width = next(iter(splits.values()))[0].shape
    contents = Contents(
        label_names=label_names,
        channels=channels,
        height=height,
        width=width,
        counts={split: len(labels) for split, (_, labels) in splits.items()},
        made=made,
        frame=frame,
    )
    arrays: dict[str, NDArray[Any]] = {}
    for split, (images, labels) in splits.items():
        arrays |= {f"{split}_images": images, f"{split}_labels": labels}
        arrays |= {f"{split}_{column}": values[split] for column, values in (columns or {}).items()}
    with replacing(root / name / FILE) as temporary:
        with temporary.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type] # no array is named allow_pickle
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(zipfile.ZipInfo(_CONTENTS), contents.model_dump_json(indent=1, exclude_none=True))


def names(root: Path) -> tuple[str, ...]:
    """The packed sets under `root`."""
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{FILE}")))


def contents(root: Path, name: str) -> Contents:
    """What packed set `name` holds and how it was made.

    Raises:
        DataError: the file is missing or damaged.
    """
    with _opened(root, name) as archive:
        return _contents(archive)


def load(root: Path, name: str, split: Split) -> Dataset:
    """Read one split of packed set `name`.

    Raises:
        DataError: the file is missing or damaged, or the set has no such split.
    """
    with _opened(root, name) as archive:
        contents = _contents(archive)
        _check_split(contents, name, split)
        images, labels = (torch.from_numpy(archive[f"{split}_{what}"]) for what in ("images", "labels"))
        writers = torch.from_numpy(archive[f"{split}_writers"]) if f"{split}_writers" in archive else None
        return Dataset(name, images, labels, contents.label_names, writers, contents.frame)


def column(root: Path, name: str, split: Split, column: str) -> Labels:
    """A further fact of each image of a split, int64 `(n,)`, such as `writers`.

    Raises:
        DataError: the file is missing or damaged, or the set has no such split or column.
    """
    with _opened(root, name) as archive:
        _check_split(_contents(archive), name, split)
        if f"{split}_{column}" not in archive:
            raise DataError(f"data set {name!r} has no column {column!r}")
        values: Labels = archive[f"{split}_{column}"]
        return values


def _check_split(contents: Contents, name: str, split: Split) -> None:
    if split not in contents.counts:
        raise DataError(f"data set {name!r} has no {split} split; it has {', '.join(contents.counts)}")


def _contents(archive: NpzFile) -> Contents:
    return Contents.model_validate_json(bytes(archive[_CONTENTS]))


@contextmanager
def _opened(root: Path, name: str) -> Iterator[NpzFile]:
    path = root / name / FILE
    try:
        # A file of our own is closed whatever numpy makes of it.
        with path.open("rb") as stream, np.load(stream) as archive:
            yield archive
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: missing or damaged ({error}); make it anew with python -m trainer data") from None
