import dataclasses

import numpy as np
import pytest
import torch

from trainer.metrics.classifier import Classifier, ClassifierConfig

CPU = torch.device("cpu")


def first(dataset, n):
    return dataclasses.replace(dataset, images=dataset.images[:n], labels=dataset.labels[:n])


def test_it_learns_to_read_what_it_has_not_seen(reader, stroke_test):
    assert reader.accuracy > 0.95
    probabilities = reader.probabilities(stroke_test.images)
    assert (probabilities.shape, probabilities.dtype) == ((1000, 10), np.float32)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == stroke_test.labels.numpy()).mean() == reader.accuracy


def test_features_have_the_width_configured(reader, stroke_test, config):
    features = reader.features(stroke_test.images[:7])
    assert (features.shape, features.dtype) == ((7, config.width), np.float32)
    assert (features >= 0).all()


def test_reading_does_not_depend_on_the_company(reader, stroke_test):
    together = reader.features(stroke_test.images[:600])
    np.testing.assert_allclose(reader.features(stroke_test.images[595:600]), together[595:], rtol=1e-4, atol=1e-4)


def test_it_is_trained_once(reader, strokes, stroke_test, readers, config):
    def never(share):
        pytest.fail("trained again")

    again = Classifier.load_or_train(strokes, stroke_test, readers, CPU, never, config)
    assert again.accuracy == reader.accuracy
    images = stroke_test.images[:5]
    np.testing.assert_array_equal(again.probabilities(images), reader.probabilities(images))


def test_the_same_config_trains_the_same_reader_and_leaves_the_random_state_alone(strokes, stroke_test, tmp_path):
    config, few = Config(epochs=1, width=4), first(strokes, 200)
    state = torch.get_rng_state()
    a = Classifier.load_or_train(few, stroke_test, tmp_path / "a", CPU, config=config)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    b = Classifier.load_or_train(few, stroke_test, tmp_path / "b", CPU, config=config)
    images = stroke_test.images[:50]
    np.testing.assert_array_equal(a.probabilities(images), b.probabilities(images))


def test_another_config_is_another_reader_and_progress_runs_to_the_end(strokes, stroke_test, tmp_path):
    few, shares = first(strokes, 200), []
    for seed in (0, 1):
        config = Config(epochs=1, width=4, seed=seed)
        Classifier.load_or_train(few, stroke_test, tmp_path, CPU, shares.append, config)
    assert len(list(tmp_path.glob("strokes-*.pt"))) == 2
    assert shares == [0.5, 1.0, 0.5, 1.0]
