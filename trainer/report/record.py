"""The record of a run: its card, the size of its file and its cost. Records are committed; runs are too large."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from latent import ModelCard
from latent.card import Quality
from trainer.storage.atomic import atomic_write
from trainer.storage.onnx_metadata import read_card


class ReportError(Exception):
    """A run or record that cannot be reported; the message says what is missing and what to do."""


class Record(BaseModel):
    """What RESULTS.md shows of one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: ModelCard
    file_bytes: int = Field(ge=1, description="Size of the generator's .onnx file.")
    seconds: FiniteFloat = Field(ge=0, description="Duration of the training, including the pretraining.")
    images_per_second: FiniteFloat = Field(gt=0, description="Real images shown per second: the median over the ticks.")
    earlier_quality: Quality | None = Field(
        None, description="Figures by an earlier judge: comparable with those of runs that were only measured by it."
    )

    @model_validator(mode="after")
    def _is_measured(self) -> Record:
        if self.card.quality is None:
            raise ValueError("the card has no quality")
        return self

    @property
    def quality(self) -> Quality:
        return cast(Quality, self.card.quality)

    def by_judge(self) -> list[Record]:
        """The record itself and, where the run was measured by an earlier judge too, one with those figures."""
        earlier = self.card.model_copy(update={"quality": self.earlier_quality})
        return [self, *([self.model_copy(update={"card": earlier})] if self.earlier_quality else [])]

    @property
    def name(self) -> str:
        """The data set, system and seed: the stem of the record's file."""
        return f"{self.group}-{self.card.provenance.seed}"

    @property
    def group(self) -> str:
        """The data set and system, the same for all seeds."""
        return f"{self.card.provenance.dataset}-{self.card.system}"


class _Tick(BaseModel):
    """A line of `stats.jsonl`, without its losses."""

    kimg: FiniteFloat = Field(gt=0)
    images_per_second: FiniteFloat = Field(gt=0)


def find_generator(run: Path) -> Path:
    """The generator's file in a run's folder.

    Raises:
        ReportError: there is none, or more than one.
    """
    files = sorted(path for path in run.glob("*.onnx") if not path.name.endswith(".encoder.onnx"))
    if len(files) != 1:
        found = ", ".join(path.name for path in files) or "none"
        raise ReportError(f"{run} must contain one generator, found {found}: python -m trainer export {run}")
    return files[0]


def read_run(run: Path) -> Record:
    """The record of the run in the folder `run`.

    Raises:
        CardError: the generator's file has no readable card.
        ReportError: the run is not exported, or not measured with the test images, or its `stats.jsonl` cannot be read.
    """
    path = find_generator(run)
    card = read_card(path)
    if card.quality is None:
        raise ReportError(f"{path} has not been measured: python -m trainer evaluate {path} --split test")
    if card.quality.split == "validation":
        raise ReportError(
            f"{path} has been measured with validation images: python -m trainer evaluate {path} --split test"
        )
    seconds, rate = _cost(run / "stats.jsonl")
    return Record(card=card, file_bytes=path.stat().st_size, seconds=seconds, images_per_second=rate)


def save(record: Record, folder: Path) -> None:
    """Write `record` to `<dataset>-<system>-<seed>.json` in `folder`; an older record of the run is replaced."""
    with atomic_write(folder / f"{record.name}.json") as temporary:
        temporary.write_text(record.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")


def read(path: Path) -> Record:
    """The record in the file `path`.

    Raises:
        ReportError: it is missing, or not a record; the message names the field.
    """
    try:
        return Record.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ReportError(f"{path}: no such record") from None
    except ValidationError as error:
        raise ReportError(f"{path}: {_first_problem(error)}") from None


def load(folder: Path) -> list[Record]:
    """All records in `folder`, sorted by group and seed.

    Raises:
        ReportError: a file is not a record; the message names the field.
    """
    records = map(read, folder.glob("*.json"))
    return sorted(records, key=lambda record: (record.group, record.card.provenance.seed))


def read_of(path: Path, card: ModelCard) -> Record:
    """The record in the file `path`, which must be that of the generator with `card`.

    Raises:
        ReportError: as `read`, or it is the record of another generator.
    """
    record = read(path)
    if record.card.provenance != card.provenance:
        raise ReportError(f"{path} is not the record of {card.name}: their provenance differs")
    return record


def measured_again(record: Record, quality: Quality) -> Record:
    """The record with new figures; figures by another judge are kept as `Record.earlier_quality`."""
    same_judge = record.quality.judge_sha256 == quality.judge_sha256
    earlier = record.earlier_quality if same_judge else record.quality
    card = record.card.model_copy(update={"quality": quality})
    return record.model_copy(update={"card": card, "earlier_quality": earlier})


def _cost(stats: Path) -> tuple[float, float]:
    """The duration in seconds, and the median of the images per second.

    The duration of a tick is its images divided by its rate; its images are those since the nearest lower tick. This
    overestimates the first tick after `--resume` by less than one tick, because the checkpoint may lie between two.
    """
    try:
        ticks = [_Tick.model_validate_json(line) for line in stats.read_text("utf-8").splitlines()]
    except FileNotFoundError:
        ticks = []
    except ValidationError as error:
        raise ReportError(f"{stats}: {_first_problem(error)}") from None
    if not ticks:
        raise ReportError(f"{stats} must contain the run's ticks: python -m trainer train RECIPE --out {stats.parent}")
    earlier = [0.0]
    seconds = 0.0
    for tick in ticks:
        seconds += 1000 * (tick.kimg - _nearest_below(earlier, tick.kimg)) / tick.images_per_second
        earlier.append(tick.kimg)
    return seconds, median(tick.images_per_second for tick in ticks)


def _nearest_below(values: Iterable[float], kimg: float) -> float:
    return max(value for value in values if value < kimg)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
