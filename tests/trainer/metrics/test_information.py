import math

import numpy as np
import pytest

from trainer.metrics.information import categorical_bound, continuous_bound

VALUES = np.arange(1000) % 10


def test_a_categorical_read_without_doubt_carries_its_whole_entropy():
    assert categorical_bound(np.eye(10, dtype=np.float32)[VALUES], VALUES) == pytest.approx(math.log(10))


def test_a_reading_that_knows_nothing_bounds_by_zero():
    assert categorical_bound(np.full((1000, 10), 0.1, np.float32), VALUES) == pytest.approx(0.0, abs=1e-6)


def test_half_the_doubt_is_a_bit():
    pairs = np.eye(10)[VALUES] / 2 + np.eye(10)[VALUES ^ 1] / 2
    assert categorical_bound(pairs, VALUES) == pytest.approx(math.log(10) - math.log(2))


def test_sure_and_wrong_is_worse_than_nothing_and_still_finite():
    bound = categorical_bound(np.eye(10, dtype=np.float32)[(VALUES + 1) % 10], VALUES)
    assert -100 < bound < -50


def test_a_gaussian_reading_of_a_uniform_code():
    rng, sigma = np.random.default_rng(0), 0.1
    values = rng.uniform(-1, 1, 200_000)
    mean = values + rng.normal(0, sigma, len(values))
    bound = continuous_bound(mean, np.full(len(values), 2 * math.log(sigma)), values, -1, 1)
    assert bound == pytest.approx(math.log(2) - 0.5 * math.log(2 * math.pi * math.e * sigma**2), abs=0.005)


def test_a_gaussian_that_knows_nothing_loses_what_a_uniform_is_not():
    values = np.random.default_rng(0).uniform(3, 7, 200_000)
    variance = 4**2 / 12
    bound = continuous_bound(np.full(len(values), 5.0), np.full(len(values), math.log(variance)), values, 3, 7)
    assert bound == pytest.approx(math.log(4) - 0.5 * math.log(2 * math.pi * math.e * variance), abs=0.005)
    assert bound < 0
