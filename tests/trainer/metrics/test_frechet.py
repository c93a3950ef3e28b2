import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from trainer.metrics.frechet import frechet_distance


def gaussian(mean, covariance, n=4000, seed=0):
    """Samples whose mean and covariance are exactly these."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(size=(n, len(mean)))
    samples -= samples.mean(axis=0)
    white = samples @ np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(samples, rowvar=False)))).T
    return white @ np.linalg.cholesky(covariance).T + mean


def test_in_one_dimension_it_is_the_sum_of_both_squared_differences():
    a, b = gaussian([1.0], [[4.0]]), gaussian([4.0], [[25.0]], seed=1)
    assert frechet_distance(a, b) == pytest.approx((4 - 1) ** 2 + (5 - 2) ** 2)


def test_covariances_that_do_not_commute():
    first, second = np.array([[2.0, 0.8], [0.8, 1.0]]), np.array([[1.0, -0.5], [-0.5, 3.0]])
    expected = 1.0 + np.trace(first + second - 2 * sqrtm(first @ second).real)
    a, b = gaussian([0.0, 0.0], first), gaussian([0.0, 1.0], second, seed=1)
    assert frechet_distance(a, b) == pytest.approx(expected)


def test_constant_features_add_nothing():
    a, b = gaussian([1.0], [[4.0]]), gaussian([4.0], [[25.0]], seed=1)
    silent = np.zeros((4000, 3))
    assert frechet_distance(np.hstack([a, silent]), np.hstack([b, silent])) == pytest.approx(18.0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_it_is_symmetric_not_negative_and_zero_for_equal_sets(seed, d):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(8, d)).astype(np.float32), rng.normal(2.0, 3.0, size=(9, d)).astype(np.float32)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-6, abs=1e-6)
    assert frechet_distance(a, b) >= 0
    assert frechet_distance(a, a) == pytest.approx(0.0, abs=1e-6)
