"""The measurements of a model's data sets, saved under the model's name and shown in the README."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent.parent / "records"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SampleQuality(_Part):
    """Quality of samples that were streamed at one `min_confidence`; 0 means not verified.

    `label_errors` is the share of samples with a wrong label, `rejected` the share that the verifier rejected at least
    once; both from 0 to 1. `recall` and `coverage` are relative to the real training images. `ms_ssim` is the mean
    MS-SSIM of pairs with the same label.
    """

    min_confidence: float
    label_errors: float
    rejected: float
    recall: float
    coverage: float
    ms_ssim: float


class Labels(_Part):
    """Label errors and diversity of `samples` samples with and without the verifier.

    An ensemble of `classifiers` networks decides which labels are wrong; `accuracy`, 0 to 1, is the ensemble's on the
    real test images.
    """

    samples: int
    classifiers: int
    accuracy: float
    verified: SampleQuality
    unverified: SampleQuality


class GanTrain(_Part):
    """Accuracy, 0 to 1, on the real test images of a classifier trained on `samples` streamed samples.

    `real` is the accuracy of the same classifier trained on the real training images.
    """

    samples: int
    accuracy: float
    real: float


class Memory(_Part):
    """Resident memory of the service: `curve` holds pairs of the samples streamed so far and MB."""

    curve: tuple[tuple[int, float], ...]


class Record(_Part):
    """All measurements of one version of a model, `name@sha256[:12]`; None: not measured."""

    model: str
    labels: Labels | None = None
    gan_train: GanTrain | None = None
    memory: Memory | None = None


def version(path: Path) -> str:
    """The version of the model in a file, `name@sha256[:12]`."""
    return f"{path.stem}@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def load(path: Path) -> Record:
    """The record of the model in this file; an empty one if the saved record is of another version of the model."""
    empty = Record(model=version(path))
    saved = FOLDER / f"{path.stem}.json"
    record = Record.model_validate_json(saved.read_text("utf-8")) if saved.exists() else empty
    return record if record.model == empty.model else empty


def save(path: Path, name: str, part: Labels | GanTrain | Memory) -> None:
    """Set the field `name` in the record of the model in this file."""
    record = load(path).model_copy(update={name: part})
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{path.stem}.json").write_text(record.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")


def rows(record: Record) -> Iterator[tuple[str, str]]:
    """The rows of the README's table: a description and the figures."""
    if record.labels:
        labels, verified, unverified = record.labels, record.labels.verified, record.labels.unverified
        ensemble = f"an ensemble of {labels.classifiers} classifiers (accuracy on real images: {labels.accuracy:.2%})"
        errors = f"{verified.label_errors:.2%} of {labels.samples:,}; not verified: {unverified.label_errors:.2%}"
        yield f"label errors, according to {ensemble}", errors
        yield "samples rejected by the verifier and drawn again", f"{verified.rejected:.2%}"
        for name, field in (("recall of real images", "recall"), ("coverage", "coverage"), ("MS-SSIM", "ms_ssim")):
            yield name, f"{getattr(verified, field):.3f}; not verified: {getattr(unverified, field):.3f}"
    if record.gan_train:
        gan_train = record.gan_train
        name = f"accuracy on real test images after training on {gan_train.samples:,} streamed samples only"
        yield name, f"{gan_train.accuracy:.2%}; after training on real images: {gan_train.real:.2%}"
    if record.memory:
        (_, first), (samples, last) = record.memory.curve[1], record.memory.curve[-1]
        yield f"memory of the service while streaming {samples:,} samples", f"from {first:.0f} to {last:.0f} MB"
