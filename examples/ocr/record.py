"""What was measured, as files that are committed: one for whoever gave the training's samples."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from examples.ocr import digits, lines
from examples.ocr.score import Score
from trainer.storage.atomic import atomic_write

REAL = "real"
"""The name of MNIST's own training images, where a model's could stand."""


class RecordError(Exception):
    """A record that cannot be read, or compared with the others; the message says why and what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """Whose samples a network was trained on."""

    name: str = Field(description="A model's, or `real`.")
    version: str = Field(description="A model's `name@sha256[:12]`; of the real ones, their data set.")
    labels: int = Field(ge=0, description="Real labels that went into it: read in training, and to name its codes.")


class LinesRecord(_Part):
    """How lines were read, a score a seed."""

    KIND: ClassVar = "lines"

    source: Source
    config: lines.Config
    scores: list[Score] = Field(min_length=1)


class DigitsRecord(_Part):
    """How single digits were read: for each seed the accuracy, 0 to 1, by the number of real labels."""

    KIND: ClassVar = "digits"

    source: Source
    config: digits.Config
    accuracies: list[dict[int, float]] = Field(min_length=1)


R = TypeVar("R", LinesRecord, DigitsRecord)


def save(record: LinesRecord | DigitsRecord, folder: Path) -> None:
    """Write a record in place of an older one of the same kind and source."""
    with atomic_write(_path(folder, type(record), record.source.name)) as temporary:
        temporary.write_text(record.model_dump_json(indent=1) + "\n", "utf-8")


def measured(kind: type[R], source: Source, config: BaseModel, folder: Path) -> bool:
    """Whether a folder has the record of this very experiment.

    Raises:
        RecordError: a file that should be a record is none.
    """
    path = _path(folder, kind, source.name)
    if not path.exists():
        return False
    there = _read(kind, path)
    return (there.source, there.config) == (source, config)


def load(kind: type[R], folder: Path) -> list[R]:
    """Every record of a kind in a folder: the one of real images first, the others by name.

    Raises:
        RecordError: a file that is no record, or records of experiments that differ.
    """
    records: list[R] = [_read(kind, path) for path in folder.glob(f"{kind.KIND}-*.json")]
    records.sort(key=lambda record: (record.source.name != REAL, record.source.name))
    for other in records[1:]:
        if other.config != records[0].config:
            both = f"{records[0].source.name} and {other.source.name}"
            raise RecordError(f"{folder}: {both} were measured by different {kind.KIND} experiments; measure them anew")
    return records


def _path(folder: Path, kind: type[LinesRecord] | type[DigitsRecord], source: str) -> Path:
    return folder / f"{kind.KIND}-{source}.json"


def _read(kind: type[R], path: Path) -> R:
    try:
        return kind.model_validate_json(path.read_text("utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        raise RecordError(
            f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}; remove it, and measure"
        ) from None
