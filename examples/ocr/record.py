"""The results as JSON files, which are committed: one per experiment and source of training samples."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from examples.ocr import digits, lines
from examples.ocr.score import Score
from trainer.storage.atomic import atomic_write

REAL = "real"
"""The source's name for MNIST's training images."""


class RecordError(Exception):
    """A record is invalid or not comparable with the others; the message says why and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """The origin of the samples that a network was trained on."""

    name: str = Field(description="A model's name, or `real`.")
    version: str = Field(description="A model's `name@sha256[:12]`, or a description of the real data.")
    labels: int = Field(ge=0, description="Real labels used in its training and to match its codes to labels.")


class LinesRecord(_Part):
    """Results of the experiment `lines`: a score per seed."""

    KIND: ClassVar = "lines"

    source: Source
    config: lines.Config
    scores: list[Score] = Field(min_length=1)


class DigitsRecord(_Part):
    """Results of the experiment `digits`: for each seed the accuracy, 0 to 1, by the number of real labels."""

    KIND: ClassVar = "digits"

    source: Source
    config: digits.Config
    accuracies: list[dict[int, float]] = Field(min_length=1)


R = TypeVar("R", LinesRecord, DigitsRecord)


def save(record: LinesRecord | DigitsRecord, folder: Path) -> None:
    """Write a record; it replaces an older one of the same kind and source."""
    with atomic_write(_path(folder, type(record), record.source.name)) as temporary:
        temporary.write_text(record.model_dump_json(indent=1) + "\n", "utf-8")


def exists(kind: type[R], source: Source, config: BaseModel, folder: Path) -> bool:
    """Whether a folder has a record of this kind with the same source and config.

    Raises:
        RecordError: the file is not a valid record.
    """
    path = _path(folder, kind, source.name)
    if not path.exists():
        return False
    saved = _read(kind, path)
    return (saved.source, saved.config) == (source, config)


def load(kind: type[R], folder: Path) -> list[R]:
    """All records of a kind in a folder: the one of real images first, then by the source's name.

    Raises:
        RecordError: a file is not a valid record, or the records have different configs.
    """
    records: list[R] = [_read(kind, path) for path in folder.glob(f"{kind.KIND}-*.json")]
    records.sort(key=lambda record: (record.source.name != REAL, record.source.name))
    for other in records[1:]:
        if other.config != records[0].config:
            both = f"{records[0].source.name} and {other.source.name}"
            raise RecordError(f"{folder}: {both} were measured by different {kind.KIND} experiments; measure again")
    return records


def _path(folder: Path, kind: type[LinesRecord] | type[DigitsRecord], source: str) -> Path:
    return folder / f"{kind.KIND}-{source}.json"


def _read(kind: type[R], path: Path) -> R:
    try:
        return kind.model_validate_json(path.read_text("utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordError(
            f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}; remove it and measure again"
        ) from None
