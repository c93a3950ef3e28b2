"""A run's record: its card, its file's size and what it cost. Small enough to commit where the run itself is not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from latent import ModelCard
from latent.card import Quality
from trainer.export.onnx_file import read_card
from trainer.storage.atomic import replacing


class ReportError(Exception):
    """A run or a record that cannot be reported; the message says what is missing and what to do."""


class Record(BaseModel):
    """What RESULTS.md says of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: ModelCard
    file_bytes: int = Field(ge=1, description="Size of the generator's .onnx file.")
    seconds: FiniteFloat = Field(ge=0, description="Time the training took, its start included.")
    images_per_second: FiniteFloat = Field(gt=0, description="Real images shown, the median over the ticks.")

    @model_validator(mode="after")
    def _is_measured(self) -> Record:
        if self.card.quality is None:
            raise ValueError("the card has no quality")
        return self

    @property
    def quality(self) -> Quality:
        return cast(Quality, self.card.quality)

    @property
    def name(self) -> str:
        """Names the record's file, and its model's system and data set."""
        return f"{self.group}-{self.card.provenance.seed}"

    @property
    def group(self) -> str:
        """The same for every seed."""
        return f"{self.card.provenance.dataset}-{self.card.system}"


class _Tick(BaseModel):
    """A line of `stats.jsonl`; the losses are not read."""

    kimg: FiniteFloat = Field(gt=0)
    images_per_second: FiniteFloat = Field(gt=0)


def generator_of(run: Path) -> Path:
    """The generator's file in a run's folder.

    Raises:
        ReportError: none is there, or more than one.
    """
    files = sorted(path for path in run.glob("*.onnx") if not path.name.endswith(".encoder.onnx"))
    if len(files) != 1:
        found = ", ".join(path.name for path in files) or "none"
        raise ReportError(f"{run} must hold one generator, found {found}: python -m trainer export {run}")
    return files[0]


def record_of(run: Path) -> Record:
    """What is to be kept of the run in the folder `run`.

    Raises:
        CardError: the generator's file has no readable card.
        ReportError: the run was not exported, not measured, or its `stats.jsonl` cannot be read.
    """
    path = generator_of(run)
    card = read_card(path)
    if card.quality is None:
        raise ReportError(f"{path} has not been measured: python -m trainer evaluate {path}")
    seconds, rate = _cost(run / "stats.jsonl")
    return Record(card=card, file_bytes=path.stat().st_size, seconds=seconds, images_per_second=rate)


def save(record: Record, folder: Path) -> None:
    """Write `record` as `<dataset>-<system>-<seed>.json` into `folder`, in place of an older one."""
    with replacing(folder / f"{record.name}.json") as temporary:
        temporary.write_text(record.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")


def load(folder: Path) -> list[Record]:
    """Every record in `folder`, in order of name and seed.

    Raises:
        ReportError: a file that is no record; names the field.
    """
    records = []
    for path in folder.glob("*.json"):
        try:
            records.append(Record.model_validate_json(path.read_text("utf-8")))
        except ValidationError as error:
            raise ReportError(f"{path}: {_first(error)}") from None
    return sorted(records, key=lambda record: (record.group, record.card.provenance.seed))


def _cost(stats: Path) -> tuple[float, float]:
    """Seconds spent and the median of the images a second.

    A tick took its images over its rate; those are what lies between it and the nearest mark below. For the first
    tick after a `--resume` that is too much by less than a tick, as the checkpoint may lie between.
    """
    try:
        ticks = [_Tick.model_validate_json(line) for line in stats.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        ticks = []
    except ValidationError as error:
        raise ReportError(f"{stats}: {_first(error)}") from None
    if not ticks:
        raise ReportError(f"{stats} must hold the run's ticks: python -m trainer train RECIPE --out {stats.parent}")
    marks = [0.0]
    seconds = 0.0
    for tick in ticks:
        seconds += 1000 * (tick.kimg - _below(marks, tick.kimg)) / tick.images_per_second
        marks.append(tick.kimg)
    return seconds, median(tick.images_per_second for tick in ticks)


def _below(marks: Iterable[float], kimg: float) -> float:
    return max(mark for mark in marks if mark < kimg)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
