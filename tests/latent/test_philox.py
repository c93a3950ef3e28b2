from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent import philox


def test_golden_values():
    # Philox 4x64-10 with key 7 and counters 10 to 13 (blocks of two): a change would give every seed other samples.
    np.testing.assert_allclose(
        philox.uniforms(7, [5, 6], 5),
        [
            [0.950273430772, 0.878711388269, 0.366209426086, 0.447295686967, 0.637482393189],
            [0.047740288544, 0.860069479344, 0.77176368769, 0.551280638367, 0.756945732824],
        ],
        rtol=1e-10,
    )


@given(st.integers(0, philox.MAX_SEED), st.lists(st.integers(0, philox.MAX_INDEX), max_size=6), st.integers(1, 9))
def test_a_row_depends_on_its_own_index_only(seed, indices, width):
    together = philox.uniforms(seed, indices, width)
    assert together.shape == (len(indices), width)
    for row, index in zip(together, indices, strict=True):
        np.testing.assert_array_equal(row, philox.uniforms(seed, [index], width)[0])


def test_consecutive_rows_equal_rows_drawn_in_another_order():
    forward = philox.uniforms(3, range(100), 74)
    np.testing.assert_array_equal(forward[::-1], philox.uniforms(3, range(99, -1, -1), 74))


def test_draws_of_different_seeds_and_indices_differ():
    rows = np.concatenate([philox.uniforms(seed, range(50), 74) for seed in range(20)])
    assert len(np.unique(rows)) == rows.size


def test_uniforms_are_uniform_and_never_reach_the_ends():
    u = philox.uniforms(0, range(2000), 100)
    assert 0 < u.min() < u.max() < 1
    counts, _ = np.histogram(u, bins=20, range=(0, 1))
    # Chi-square with 19 degrees of freedom: 43.8 is its 99.9 % quantile.
    assert ((counts - u.size / 20) ** 2 / (u.size / 20)).sum() < 43.8


@given(st.floats(1e-300, 1 - 1e-16))
def test_normals_invert_the_normal_distribution(u):
    assert philox.normals(np.array([u]))[0] == pytest.approx(NormalDist().inv_cdf(u), rel=1e-13, abs=1e-15)


def test_truncation_gives_the_truncated_normal_distribution():
    u = np.linspace(1e-9, 1 - 1e-9, 100_001)
    x = philox.normals(u, truncation=1.5)
    assert -1.5 <= x.min() < -1.4999
    assert 1.4999 < x.max() <= 1.5
    # Variance of the standard normal truncated at t: 1 - 2 t phi(t) / (2 Phi(t) - 1).
    normal = NormalDist()
    expected = 1 - 3 * normal.pdf(1.5) / (2 * normal.cdf(1.5) - 1)
    assert x.var() == pytest.approx(expected, rel=1e-3)


def test_stream_0_is_the_seed_itself_and_streams_differ():
    np.testing.assert_array_equal(philox.uniforms(philox.stream(7, 0), [5], 5), philox.uniforms(7, [5], 5))
    seeds = [philox.stream(seed, number) for seed in (0, 1, philox.MAX_SEED) for number in (0, 1, 2**32)]
    rows = np.concatenate([philox.uniforms(seed, range(20), 8) for seed in seeds])
    assert len(np.unique(rows)) == rows.size
