import dataclasses

import numpy as np
import pytest
import torch

from trainer.metrics import classifier as classifier_module
from trainer.metrics.classifier import Classifier, ClassifierConfig

CPU = torch.device("cpu")


def first(dataset, n):
    return dataclasses.replace(dataset, images=dataset.images[:n], labels=dataset.labels[:n])


def test_it_is_accurate_on_images_that_it_was_not_trained_on(classifier, stroke_test):
    assert classifier.accuracy(stroke_test) > 0.95
    probabilities = classifier.probabilities(stroke_test.images)
    assert (probabilities.shape, probabilities.dtype) == ((1000, 10), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == stroke_test.labels.numpy()).mean() == classifier.accuracy(stroke_test)


def test_features_have_the_width_configured(classifier, stroke_test, config):
    features = classifier.features(stroke_test.images[:7])
    assert (features.shape, features.dtype) == ((7, config.width), np.float32)
    assert (features >= 0).all()


def test_a_result_does_not_depend_on_the_other_images(classifier, stroke_test):
    together = classifier.features(stroke_test.images[:600])
    np.testing.assert_allclose(classifier.features(stroke_test.images[595:600]), together[595:], rtol=1e-4, atol=1e-4)


def test_it_is_loaded_from_the_cache(classifier, parts, stroke_test, classifiers, config):
    def never(fraction):
        pytest.fail("trained again")

    again = Classifier.load_or_train(parts.judge, parts.validation, classifiers, CPU, never, config)
    assert again.digest == classifier.digest
    images = stroke_test.images[:5]
    np.testing.assert_array_equal(again.probabilities(images), classifier.probabilities(images))


def test_training_is_deterministic_and_leaves_the_random_state_unchanged(strokes, tmp_path):
    config, few = ClassifierConfig(epochs=1, width=4), first(strokes, 200)
    state = torch.get_rng_state()
    a = Classifier.load_or_train(few, None, tmp_path / "a", CPU, config=config)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    b = Classifier.load_or_train(few, None, tmp_path / "b", CPU, config=config)
    assert a.digest == b.digest


def test_the_epoch_with_the_highest_accuracy_on_validation_images_is_kept(strokes, monkeypatch):
    found, digests = iter([0.5, 0.75, 0.75, 0.6]), []

    def accuracy(network, dataset):
        assert dataset is few
        digests.append(Classifier(network).digest)
        return next(found)

    monkeypatch.setattr(classifier_module, "_accuracy", accuracy)
    few = first(strokes, 200)
    kept = Classifier.trained(few, few, CPU, config=ClassifierConfig(epochs=4, width=4))
    assert len(set(digests)) == 4
    assert kept.digest == digests[2], "of equal ones, the later"


def test_other_images_train_another_classifier(strokes, tmp_path):
    config = ClassifierConfig(epochs=1, width=4)
    for n in (200, 201):
        Classifier.load_or_train(first(strokes, n), None, tmp_path, CPU, config=config)
    assert len(list(tmp_path.glob("strokes-*.pt"))) == 2


def test_another_config_trains_another_classifier_and_progress_reaches_one(strokes, tmp_path):
    few, fractions = first(strokes, 200), []
    for seed in (0, 1):
        config = ClassifierConfig(epochs=1, width=4, seed=seed)
        Classifier.load_or_train(few, None, tmp_path, CPU, fractions.append, config)
    assert len(list(tmp_path.glob("strokes-*.pt"))) == 2
    assert fractions == [0.5, 1.0, 0.5, 1.0]
