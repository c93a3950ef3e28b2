import dataclasses

import numpy as np

from trainer.metrics.classifier import Classifier
from trainer.metrics.features import real_features


def test_features_are_cached_by_classifier_and_images(classifier, stroke_test, tmp_path, monkeypatch):
    some = dataclasses.replace(stroke_test, images=stroke_test.images[:40])
    computed = real_features(classifier, some, tmp_path)
    np.testing.assert_array_equal(computed, classifier.features(some.images))

    calls = []
    features = Classifier.features
    monkeypatch.setattr(Classifier, "features", lambda self, images: calls.append(1) or features(self, images))
    np.testing.assert_array_equal(real_features(classifier, some, tmp_path), computed)
    assert calls == []

    other = dataclasses.replace(stroke_test, images=stroke_test.images[40:80])
    assert not np.array_equal(real_features(classifier, other, tmp_path), computed)
    assert calls == [1]
    assert len(list(tmp_path.iterdir())) == 2


def test_another_classifier_has_its_own_features(classifier, stroke_test, config, tmp_path):
    some = dataclasses.replace(stroke_test, images=stroke_test.images[:40], labels=stroke_test.labels[:40])
    other = Classifier.trained(some, some, next(classifier._network.parameters()).device, config=config)
    assert other.digest != classifier.digest
    real_features(classifier, some, tmp_path)
    np.testing.assert_array_equal(real_features(other, some, tmp_path), other.features(some.images))
