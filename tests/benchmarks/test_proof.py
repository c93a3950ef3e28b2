"""A short form of `make proof`: a few samples from a real server, and classifiers with known results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.proof import gan_train, labels, memory, record
from benchmarks.proof.record import GanTrain, Labels, Memory, SampleQuality
from benchmarks.proof.stream import StreamedSamples, stream
from benchmarks.serving import Server, serving
from service.datasets.plan import DEFAULT_MIN_CONFIDENCE
from service.settings import Settings
from trainer.data import Dataset
from trainer.metrics.classifier import ClassifierConfig

MODEL = Settings().models / "mnist-infogan.onnx"
NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def test_a_stream_has_all_samples_in_order(server: Server) -> None:
    samples = stream(server, "mnist-infogan", 25, size=10, seed=3)
    assert samples.model == record.version(MODEL)
    assert samples.min_confidence == DEFAULT_MIN_CONFIDENCE
    assert samples.images.shape == (25, 1, 28, 28)
    assert [metadata["index"] for metadata in samples.metadata] == list(range(25))
    assert sorted(samples.labels[:20]) == sorted(NAMES * 2)
    unverified = stream(server, "mnist-infogan", 25, size=10, seed=3, min_confidence=0)
    assert unverified.min_confidence == 0
    assert unverified.labels == samples.labels
    with pytest.raises(ConnectionError, match="404"):
        stream(server, "unknown-model", 1)


def test_memory_is_measured_from_the_start_to_the_end(server: Server) -> None:
    curve = memory.measure(server, "mnist-infogan", 205, 10).curve
    assert len(curve) == memory.POINTS + 1
    assert (curve[0][0], curve[-1][0]) == (0, 205)
    assert all(megabytes > 20 for _, megabytes in curve)


class FirstPixelClassifier:
    """Classifies an image by the value of its first pixel, and `confused` as 0."""

    digest = "first-pixel"

    def __init__(self, confused: int) -> None:
        self.confused = confused

    def probabilities(self, images: Tensor) -> Any:
        label = images[:, 0, 0, 0].numpy().astype(int)
        return np.eye(10, dtype=np.float32)[np.where(label == self.confused, 0, label)]

    def features(self, images: Tensor) -> Any:
        return images.flatten(1).numpy().astype(np.float32)


def labelled_by_pixel(labels: Any, seed: int) -> Dataset:
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 1, 16, 16), np.uint8)
    images[:, 0, 0, 0] = labels
    return Dataset("test", torch.from_numpy(images), torch.from_numpy(np.array(labels)), NAMES)


def streamed(min_confidence: float, wrong: int, rejected: int) -> StreamedSamples:
    """200 samples with balanced labels: the first `wrong` show a 9, and the first `rejected` were drawn again."""
    requested = np.arange(200) % 9
    shown = np.where(np.arange(200) < wrong, 9, requested)
    metadata = [{"attempt": int(i < rejected)} if min_confidence else {} for i in range(200)]
    images = labelled_by_pixel(shown, 1).images.numpy()
    return StreamedSamples("test@0", min_confidence, images, [NAMES[label] for label in requested], metadata)


def test_the_ensemble_decides_which_labels_are_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = {(): streamed(0.5, 2, 10), ("min_confidence",): streamed(0.0, 8, 0)}
    monkeypatch.setattr(labels, "stream", lambda server, model, n, **query: answers[tuple(query)])
    real = labelled_by_pixel(np.arange(300) % 10, 2)
    classifiers: Any = [FirstPixelClassifier(label) for label in (1, 2, 3)]  # each confuses one label of nine
    found = labels.measure(Server(0, "", 0), "test", 200, classifiers, real, real, tmp_path)
    assert (found.samples, found.classifiers, found.accuracy) == (200, 3, 1.0)
    verified, unverified = found.verified, found.unverified
    assert (verified.label_errors, verified.rejected, verified.min_confidence) == (0.01, 0.05, 0.5)
    assert (unverified.label_errors, unverified.rejected, unverified.min_confidence) == (0.04, 0.0, 0.0)
    assert 0 <= verified.ms_ssim <= 1


def test_gan_train_trains_on_the_stream_only(tmp_path: Path) -> None:
    real = labelled_by_pixel(np.arange(40) % 10, 3)
    config = ClassifierConfig(epochs=1, width=8, batch=32)
    first, again = (
        gan_train.measure(streamed(0.5, 0, 0), real, real, tmp_path, lambda _: None, config) for _ in range(2)
    )
    assert first == again
    assert first.samples == 200
    assert len(list(tmp_path.iterdir())) == 1, "the classifier of real images is cached, the other is not"


QUALITY = SampleQuality(min_confidence=0.5, label_errors=0.0004, rejected=0.01, recall=0.7, coverage=0.8, ms_ssim=0.4)
WORSE = QUALITY.model_copy(update={"label_errors": 0.002})
PARTS = {
    "labels": Labels(samples=10_000, classifiers=3, accuracy=0.997, verified=QUALITY, unverified=WORSE),
    "gan_train": GanTrain(samples=60_000, accuracy=0.991, real=0.9966),
    "memory": Memory(curve=((0, 150.0), (50_000, 200.4), (1_000_000, 201.6))),
}


def test_a_record_is_of_one_version_of_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path / "records")
    path = tmp_path / "some.onnx"
    path.write_bytes(b"one")
    for name, part in PARTS.items():
        record.save(path, name, part)
    rows = dict(record.rows(record.load(path)))
    assert rows["label errors, according to an ensemble of 3 classifiers (accuracy on real images: 99.70%)"] == (
        "0.04% of 10,000; not verified: 0.20%"
    )
    assert rows["accuracy on real test images after training on 60,000 streamed samples only"] == (
        "99.10%; after training on real images: 99.66%"
    )
    assert rows["memory of the service while streaming 1,000,000 samples"] == "from 200 to 202 MB"
    path.write_bytes(b"another")
    assert list(record.rows(record.load(path))) == []
    record.save(path, "gan_train", PARTS["gan_train"])
    assert record.load(path).labels is None
