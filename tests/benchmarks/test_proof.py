"""A short form of `make proof`: a few samples off a real server, and readers whose reading is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.proof import labels, memory, pupil, record
from benchmarks.proof.record import Drawn, Labels, Memory, Pupil
from benchmarks.proof.stream import Streamed, stream
from benchmarks.serving import Server, serving
from service.datasets.plan import FLOOR
from service.settings import Settings
from trainer.data import Dataset
from trainer.metrics.classifier import ClassifierConfig

MODEL = Settings().models / "mnist-infogan.onnx"
NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


def test_a_stream_is_all_the_samples_in_order(server: Server) -> None:
    found = stream(server, "mnist-infogan", 25, size=10, seed=3)
    assert found.model == record.version(MODEL)
    assert found.floor == FLOOR
    assert found.images.shape == (25, 1, 28, 28)
    assert [one["index"] for one in found.facts] == list(range(25))
    assert sorted(found.labels[:20]) == sorted(NAMES * 2)
    unread = stream(server, "mnist-infogan", 25, size=10, seed=3, min_confidence=0)
    assert unread.floor == 0
    assert unread.labels == found.labels
    with pytest.raises(ConnectionError, match="404"):
        stream(server, "nobody", 1)


def test_memory_is_looked_at_from_the_start_to_the_end(server: Server) -> None:
    curve = memory.follow(server, "mnist-infogan", 205, 10).curve
    assert len(curve) == memory.POINTS + 1
    assert (curve[0][0], curve[-1][0]) == (0, 205)
    assert all(megabytes > 20 for _, megabytes in curve)


class Painted:
    """Reads the first pixel's value as the label, and `misread` as 0."""

    digest = "painted"

    def __init__(self, misread: int) -> None:
        self.misread = misread

    def probabilities(self, images: Tensor) -> Any:
        read = images[:, 0, 0, 0].numpy().astype(int)
        return np.eye(10, dtype=np.float32)[np.where(read == self.misread, 0, read)]

    def features(self, images: Tensor) -> Any:
        return images.flatten(1).numpy().astype(np.float32)


def painted(labels: Any, seed: int) -> Dataset:
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 1, 16, 16), np.uint8)
    images[:, 0, 0, 0] = labels
    return Dataset("painted", torch.from_numpy(images), torch.from_numpy(np.array(labels)), NAMES)


def streamed(floor: float, wrong: int, again: int) -> Streamed:
    """200 samples, as many of each label, of which the first so many show a 9 and were drawn again."""
    asked = np.arange(200) % 9
    shown = np.where(np.arange(200) < wrong, 9, asked)
    facts = [{"attempt": int(i < again)} if floor else {} for i in range(200)]
    images = painted(shown, 1).images.numpy()
    return Streamed("painted@0", floor, images, [NAMES[label] for label in asked], facts)


def test_wrong_labels_are_those_that_most_readers_say_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answers = {(): streamed(0.5, 2, 10), ("min_confidence",): streamed(0.0, 8, 0)}
    monkeypatch.setattr(labels, "stream", lambda server, model, n, **query: answers[tuple(query)])
    real = painted(np.arange(300) % 10, 2)
    those: Any = [Painted(1), Painted(2), Painted(3)]  # each alone misreads every ninth
    found = labels.measure(Server(0, "", 0), "painted", 200, those, real, real, tmp_path)
    assert (found.samples, found.readers, found.accuracy) == (200, 3, 1.0)
    assert (found.read.wrong, found.read.again, found.read.min_confidence) == (0.01, 0.05, 0.5)
    assert (found.unread.wrong, found.unread.again, found.unread.min_confidence) == (0.04, 0.0, 0.0)
    assert 0 <= found.read.ms_ssim <= 1


def test_a_pupil_learns_from_the_stream_alone(tmp_path: Path) -> None:
    real = painted(np.arange(40) % 10, 3)
    config = ClassifierConfig(epochs=1, width=8, batch=32)
    first, again = (pupil.teach(streamed(0.5, 0, 0), real, real, tmp_path, lambda _: None, config) for _ in range(2))
    assert first == again
    assert first.samples == 200
    assert len(list(tmp_path.iterdir())) == 1, "the reader of real images is kept, the pupil is not"


DRAWN = Drawn(min_confidence=0.5, wrong=0.0004, again=0.01, recall=0.7, coverage=0.8, ms_ssim=0.4)
PARTS = [
    Labels(samples=10_000, readers=3, accuracy=0.997, read=DRAWN, unread=DRAWN.model_copy(update={"wrong": 0.002})),
    Pupil(samples=60_000, accuracy=0.991, real=0.9966),
    Memory(curve=((0, 150.0), (50_000, 200.4), (1_000_000, 201.6))),
]


def test_a_record_is_of_one_version_of_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(record, "FOLDER", tmp_path / "records")
    path = tmp_path / "some.onnx"
    path.write_bytes(b"one")
    for part in PARTS:
        record.keep(path, part)
    rows = dict(record.rows(record.load(path)))
    assert rows["labels wrong, say 3 classifiers together, 99.70% right on real ones"] == (
        "0.04% of 10,000; unread 0.20%"
    )
    assert rows["real test images read by a classifier that saw 60,000 streamed ones alone"] == (
        "99.10%; that saw real ones 99.66%"
    )
    assert rows["memory while 1,000,000 are streamed"] == "from 200 to 202 MB"
    path.write_bytes(b"another")
    assert list(record.rows(record.load(path))) == []
    record.keep(path, PARTS[1])
    assert record.load(path).labels is None
