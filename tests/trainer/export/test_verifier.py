import dataclasses

import numpy as np
import onnxruntime
import pytest
import torch

from latent import VerifierCard
from trainer import data
from trainer.data.partition import hold_out_validation
from trainer.export import verifier
from trainer.export.generator import ParityError
from trainer.metrics.classifier import Classifier, ClassifierConfig


@pytest.fixture
def stroke_test(tmp_path_factory):
    return data.load("strokes", tmp_path_factory.mktemp("data"), "test")


@pytest.fixture
def validation(strokes):
    return hold_out_validation(strokes)[1]


@pytest.fixture
def classifier(strokes):
    few = dataclasses.replace(strokes, images=strokes.images[:500], labels=strokes.labels[:500])
    return Classifier.trained(few, None, torch.device("cpu"), config=ClassifierConfig(epochs=1, batch=64, width=8))


def test_it_predicts_what_the_classifier_predicts_and_has_its_card(classifier, validation, stroke_test, tmp_path):
    path = tmp_path / "strokes.verifier.onnx"
    card = verifier.export_verifier(path, classifier, validation, stroke_test)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert VerifierCard.from_metadata(session.get_modelmeta().custom_metadata_map) == card
    assert (card.name, card.dataset, card.labels) == ("strokes", "strokes", stroke_test.label_names)
    assert (card.accuracy, card.test_images) == (classifier.accuracy(stroke_test), len(stroke_test))
    for n in (1, 7):
        (probabilities,) = session.run(["probabilities"], {"images": stroke_test.images[:n].numpy()})
        np.testing.assert_array_equal(
            probabilities.argmax(1), classifier.probabilities(stroke_test.images[:n]).argmax(1)
        )


def test_the_temperature_is_chosen_by_validation_images_only(
    classifier, validation, stroke_test, tmp_path, monkeypatch
):
    seen = []
    monkeypatch.setattr(verifier, "fit_temperature", lambda logits, labels: seen.append(labels) or 1.0)
    verifier.export_verifier(tmp_path / "strokes.verifier.onnx", classifier, validation, stroke_test)
    np.testing.assert_array_equal(seen, [validation.labels.numpy()])


def test_the_temperature_undoes_a_scale_of_the_logits():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 4)).astype(np.float32) * 2
    odds = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (odds.cumsum(1) > rng.random((len(odds), 1))).argmax(1)
    for scale in (0.3, 1.0, 4.0):
        assert verifier.fit_temperature(logits * np.float32(scale), labels) == pytest.approx(scale, rel=0.05)


def test_a_file_with_other_probabilities_is_not_published(classifier, validation, stroke_test, tmp_path, monkeypatch):
    monkeypatch.setattr(verifier, "_TOLERANCE", -1.0)
    with pytest.raises(ParityError, match="differs from torch"):
        verifier.export_verifier(tmp_path / "x.verifier.onnx", classifier, validation, stroke_test)
    assert list(tmp_path.iterdir()) == []


def test_labels_look_alike_that_are_confused_both_ways():
    labels = np.array([0, 0, 1, 1, 2, 2])
    probabilities = np.array([[0.8, 0.2, 0], [0.9, 0.1, 0], [0.1, 0.9, 0], [0, 1, 0], [0, 0.1, 0.9], [0, 0.5, 0.5]])
    assert verifier.look_alikes(probabilities, labels, ("O", "0", "a")) == {"O": ("0",), "0": ("O",)}
