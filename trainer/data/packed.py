"""A data set packed into one file, `<root>/<name>/set.npz`: the four arrays and their metadata.

It is an uncompressed zip file: it is replaced as a whole, one split is read without the other, and checksums detect
damage.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

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
) -> None:
    """Write both splits, images uint8 `(n, C, H, W)` and labels int64 `(n,)`, as data set `name`, atomically.

    Equal arguments give equal bytes.

    Raises:
        pydantic.ValidationError: label names that are empty or not unique.
    """
    _, channels, height, width = splits["train"][0].shape
    metadata = Metadata(
        label_names=label_names,
        channels=channels,
        height=height,
        width=width,
        counts={split: len(labels) for split, (_, labels) in splits.items()},
        made=made,
    )
    with atomic_write(root / name / FILE) as temporary:
        with temporary.open("wb") as stream:
            np.savez(
                stream,
                train_images=splits["train"][0],
                train_labels=splits["train"][1],
                test_images=splits["test"][0],
                test_labels=splits["test"][1],
            )
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(zipfile.ZipInfo(_METADATA), metadata.model_dump_json(indent=1))


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
        DataError: the file is missing or damaged.
    """
    with _open(root, name) as archive:
        images, labels = (torch.from_numpy(archive[f"{split}_{what}"]) for what in ("images", "labels"))
        return Dataset(name, images, labels, _metadata(archive).label_names)


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
