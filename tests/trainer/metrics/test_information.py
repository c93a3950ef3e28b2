import math

import numpy as np
import pytest

from latent import Continuous, LatentSpec, codes
from trainer.data.strokes import draw
from trainer.metrics.information import categorical_bound, continuous_bound, information_bounds
from trainer.metrics.onnx_encoder import OnnxEncoder

VALUES = np.arange(1000) % 10


def test_certain_and_correct_probabilities_give_the_entropy_of_the_code():
    assert categorical_bound(np.eye(10, dtype=np.float32)[VALUES], VALUES) == pytest.approx(math.log(10))


def test_uniform_probabilities_give_zero():
    assert categorical_bound(np.full((1000, 10), 0.1, np.float32), VALUES) == pytest.approx(0.0, abs=1e-6)


def test_two_equally_likely_values_lose_one_bit():
    pairs = np.eye(10)[VALUES] / 2 + np.eye(10)[VALUES ^ 1] / 2
    assert categorical_bound(pairs, VALUES) == pytest.approx(math.log(10) - math.log(2))


def test_certain_and_wrong_probabilities_give_a_negative_finite_bound():
    bound = categorical_bound(np.eye(10, dtype=np.float32)[(VALUES + 1) % 10], VALUES)
    assert -100 < bound < -50


def test_a_gaussian_prediction_of_a_uniform_code():
    rng, sigma = np.random.default_rng(0), 0.1
    values = rng.uniform(-1, 1, 200_000)
    mean = values + rng.normal(0, sigma, len(values))
    bound = continuous_bound(mean, np.full(len(values), 2 * math.log(sigma)), values, -1, 1)
    assert bound == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi * math.e * sigma**2), abs=0.005)


def test_an_uninformed_gaussian_loses_the_divergence_from_the_uniform_prior():
    values = np.random.default_rng(0).uniform(3, 7, 200_000)
    variance = 4**2 / 12
    bound = continuous_bound(np.full(len(values), 5.0), np.full(len(values), math.log(variance)), values, 3, 7)
    assert bound == pytest.approx(math.log(4) - 0.5 * math.log(2 * math.pi * math.e * variance), abs=0.005)
    assert bound < 0


def test_only_predicted_codes_have_a_bound(encoder_file, spec):
    latents = codes.draw(spec, 0, range(20))
    images = draw(latents[:, spec.slices["c1"]].argmax(axis=1), slant=0.1, thickness=2.5, width=9.0)[:, None]
    output = OnnxEncoder(encoder_file).encode(images)
    assert set(information_bounds(output, spec, latents)) == {"c1", "c2"}  # and not c3
    del output["c1"]
    assert set(information_bounds(output, spec, latents)) == {"c2"}


def test_a_wider_range_adds_to_the_bound():
    def bound(low, high):
        spec = LatentSpec(variables=(Continuous(name="c2", low=low, high=high),))
        output = {"c2": np.zeros((1, 1)), "c2_log_variance": np.zeros((1, 1))}
        return information_bounds(output, spec, np.zeros((1, 1), np.float32))["c2"]

    assert bound(-2, 2) - bound(-1, 1) == pytest.approx(np.log(2))
