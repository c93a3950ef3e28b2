import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from trainer.data import DataError
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.metrics.gan_train import gan_train_accuracy

CPU = torch.device("cpu")


def spec(labels):
    codes = Categorical(name="c1", size=10, labels=tuple(labels)), Continuous(name="c2")
    return LatentSpec(variables=(Noise(size=2), *codes))


@pytest.fixture
def accuracy(make_stroke_generator, stroke_test, config):
    def measure(labels="0123456789", digits=range(10)):
        generator = Generator(make_stroke_generator(spec(labels), digits))
        return gan_train_accuracy(generator, stroke_test, 1500, CPU, config=config)

    return measure


def test_images_of_the_right_digits_teach_to_read_real_ones(accuracy):
    assert accuracy() > 0.5


def test_a_model_may_order_its_labels_otherwise_than_the_data_set(accuracy):
    assert accuracy("9876543210", range(9, -1, -1)) > 0.5


def test_images_under_wrong_labels_teach_to_read_wrong(accuracy):
    assert accuracy(digits=[*range(1, 10), 0]) < 0.2


def test_it_needs_labels_and_ones_that_are_known(accuracy, make_stroke_generator, stroke_test):
    with pytest.raises(DataError, match="strokes: no label to train on, or one that is not of strokes"):
        accuracy("012345678x")
    with pytest.raises(DataError, match="no label"):
        gan_train_accuracy(Generator(make_stroke_generator(spec(""))), stroke_test, 10, CPU)
