import dataclasses

import numpy as np
import onnxruntime
import pytest
import torch

from latent import VerifierCard
from trainer import data
from trainer.export import verifier
from trainer.export.generator import ParityError
from trainer.metrics.classifier import Classifier, ClassifierConfig


@pytest.fixture
def stroke_test(tmp_path_factory):
    return data.load("strokes", tmp_path_factory.mktemp("data"), "test")


@pytest.fixture
def reader(strokes, stroke_test):
    few = dataclasses.replace(strokes, images=strokes.images[:500], labels=strokes.labels[:500])
    return Classifier.trained(few, stroke_test, torch.device("cpu"), config=Config(epochs=1, batch=64, width=8))


def test_it_reads_what_the_reader_reads_and_says_what_it_is(reader, stroke_test, tmp_path):
    path = tmp_path / "strokes.verifier.onnx"
    card = verifier.export(path, reader, stroke_test)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert VerifierCard.from_metadata(session.get_modelmeta().custom_metadata_map) == card
    assert (card.name, card.dataset, card.labels) == ("strokes", "strokes", stroke_test.label_names)
    assert (card.accuracy, card.test_images) == (reader.accuracy, len(stroke_test))
    for n in (1, 7):
        (read,) = session.run(["probabilities"], {"images": stroke_test.images[:n].numpy()})
        np.testing.assert_array_equal(read.argmax(1), reader.probabilities(stroke_test.images[:n]).argmax(1))


def test_calibrated_logits_are_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4)).astype(np.float32) * 2
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (odds.cumsum(1) > rng.random((len(odds), 1))).argmax(1)
    for scale in (0.3, 1.0, 4.0):
        assert verifier.calibrate(logits * np.float32(scale), labels) == pytest.approx(scale, rel=0.05)


def test_a_file_that_reads_otherwise_is_not_published(reader, stroke_test, tmp_path, monkeypatch):
    monkeypatch.setattr(verifier, "_TOLERANCE", -1.0)
    with pytest.raises(ParityError, match="differs from torch"):
        verifier.export(tmp_path / "x.verifier.onnx", reader, stroke_test)
    assert list(tmp_path.iterdir()) == []
