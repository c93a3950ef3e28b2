"""What was found of a model's data sets, kept under the model's name and shown in the README."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent.parent / "records"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Drawn(_Part):
    """Samples at one `min_confidence`: the shares labelled wrong and drawn again, and how alike they are.

    `recall` and `coverage` are of the real training images; `ms_ssim` is the mean of pairs of one label.
    """

    min_confidence: float
    wrong: float
    again: float
    recall: float
    coverage: float
    ms_ssim: float


class Labels(_Part):
    """`samples` read by `readers` together, which read the share `accuracy` of the real test images right."""

    samples: int
    readers: int
    accuracy: float
    read: Drawn
    unread: Drawn


class Pupil(_Part):
    """A classifier's accuracy on the real test images, trained on streamed samples, and on the real ones instead."""

    samples: int
    accuracy: float
    real: float


class Memory(_Part):
    """Resident memory of the service in MB after so many samples."""

    curve: tuple[tuple[int, float], ...]


class Record(_Part):
    """All that was found of a model, which is `name@sha256[:12]`."""

    model: str
    labels: Labels | None = None
    pupil: Pupil | None = None
    memory: Memory | None = None


def version(path: Path) -> str:
    """Which model exactly a file holds."""
    return f"{path.stem}@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def load(path: Path) -> Record:
    """What was found of the model in this file; of another version of it nothing is taken over."""
    empty = Record(model=version(path))
    kept = FOLDER / f"{path.stem}.json"
    found = Record.model_validate_json(kept.read_text("utf-8")) if kept.exists() else empty
    return found if found.model == empty.model else empty


def keep(path: Path, part: Labels | Pupil | Memory) -> None:
    """Put a part into the record of the model in this file."""
    record = load(path).model_copy(update={type(part).__name__.lower(): part})
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{path.stem}.json").write_text(record.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")


def rows(record: Record) -> Iterator[tuple[str, str]]:
    """The figures, each with what it is of."""
    if record.labels:
        labels, read, unread = record.labels, record.labels.read, record.labels.unread
        together = f"{labels.readers} classifiers together, {labels.accuracy:.2%} right on real ones"
        yield f"labels wrong, say {together}", f"{read.wrong:.2%} of {labels.samples:,}; unread {unread.wrong:.2%}"
        yield "drawn again", f"{read.again:.2%}"
        for name, field in (("recall of real images", "recall"), ("coverage", "coverage"), ("MS-SSIM", "ms_ssim")):
            yield name, f"{getattr(read, field):.3f}; unread {getattr(unread, field):.3f}"
    if record.pupil:
        pupil = record.pupil
        what = f"real test images read by a classifier that saw {pupil.samples:,} streamed ones alone"
        yield what, f"{pupil.accuracy:.2%}; that saw real ones {pupil.real:.2%}"
    if record.memory:
        (_, first), (samples, last) = record.memory.curve[1], record.memory.curve[-1]
        yield f"memory while {samples:,} are streamed", f"from {first:.0f} to {last:.0f} MB"
