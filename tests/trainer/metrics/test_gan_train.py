import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from trainer.data import DataError
from trainer.metrics.gan_train import gan_train_accuracy
from trainer.metrics.onnx_generator import OnnxGenerator

CPU = torch.device("cpu")


def spec(labels):
    codes = Categorical(name="c1", size=10, labels=tuple(labels)), Continuous(name="c2")
    return LatentSpec(variables=(Noise(size=2), *codes))


@pytest.fixture
def accuracy(make_stroke_generator, stroke_test, config):
    def measure(labels="0123456789", digits=range(10)):
        generator = OnnxGenerator(make_stroke_generator(spec(labels), digits))
        return gan_train_accuracy(generator, stroke_test, 1500, 100, CPU, config=config)

    return measure


def test_correct_images_give_an_accurate_classifier(accuracy):
    assert accuracy() > 0.5


def test_labels_are_matched_by_name(accuracy):
    assert accuracy("9876543210", range(9, -1, -1)) > 0.5


def test_wrong_labels_give_an_inaccurate_classifier(accuracy):
    assert accuracy(digits=[*range(1, 10), 0]) < 0.2


def test_missing_and_unknown_labels_are_refused(accuracy, make_stroke_generator, stroke_test):
    with pytest.raises(DataError, match="strokes: it has no labels, or one that strokes does not have"):
        accuracy("012345678x")
    with pytest.raises(DataError, match="no labels"):
        gan_train_accuracy(OnnxGenerator(make_stroke_generator(spec(""))), stroke_test, 10, 5, CPU)
