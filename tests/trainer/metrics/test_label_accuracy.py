import numpy as np
import pytest

from trainer.metrics.label_accuracy import label_accuracy


def test_accuracy_overall_and_by_label():
    probabilities = np.eye(3, dtype=np.float32)[[0, 0, 1, 2, 2, 2]]
    intended = np.array([0, 0, 0, 1, 2, 2])
    accuracy, by_label = label_accuracy(probabilities, tuple("abc"), intended, tuple("abc"))
    assert accuracy == pytest.approx(4 / 6)
    assert by_label == pytest.approx({"a": 2 / 3, "b": 0.0, "c": 1.0})


def test_labels_are_compared_by_name():
    probabilities = np.eye(2, dtype=np.float32)[[0, 1]]
    assert label_accuracy(probabilities, ("cat", "dog"), np.array([1, 0]), ("dog", "cat")) == (
        1.0,
        {"dog": 1.0, "cat": 1.0},
    )


def test_a_label_that_the_classifier_does_not_know_is_wrong():
    probabilities = np.ones((2, 1), np.float32)
    accuracy, by_label = label_accuracy(probabilities, ("a",), np.array([0, 1]), ("a", "x"))
    assert (accuracy, by_label) == (0.5, {"a": 1.0, "x": 0.0})
