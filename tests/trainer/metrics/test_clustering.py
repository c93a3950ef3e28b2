import math

import numpy as np
import pytest

from trainer.metrics.clustering import clustering


def test_other_numbers_for_the_same_groups_are_perfect():
    found = clustering(np.array([2, 2, 0, 0, 1]), np.array([0, 0, 1, 1, 2]))
    assert (found.accuracy, found.nmi, found.ari) == pytest.approx((1.0, 1.0, 1.0))


def test_a_small_case_by_hand():
    # Counts [[2, 1], [0, 3]]: mutual information by its sum; pairs together 1 + 3 = 4, 6 in clusters, 7 in labels.
    found = clustering(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1]))
    shared = 1 / 3 * math.log(2) + 1 / 6 * math.log(1 / 2) + 1 / 2 * math.log(3 / 2)
    entropies = math.log(2), math.log(3) - 2 / 3 * math.log(2)
    expected = 6 * 7 / 15
    assert found.accuracy == pytest.approx(5 / 6)
    assert found.nmi == pytest.approx(shared / (sum(entropies) / 2))
    assert found.ari == pytest.approx((4 - expected) / ((6 + 7) / 2 - expected))


def test_what_scikit_learn_finds():
    rng = np.random.default_rng(0)
    predicted = rng.integers(0, 4, 200)
    labels = (predicted + rng.integers(0, 2, 200)) % 3
    found = clustering(predicted, labels)  # scikit-learn 1.9, normalized_mutual_info_score and adjusted_rand_score
    assert found.nmi == pytest.approx(0.32328330691541807)
    assert found.ari == pytest.approx(0.1904815233819231)


def test_one_cluster_for_all_says_nothing():
    labels = np.repeat(np.arange(10), 20)
    found = clustering(np.zeros(200, np.intp), labels)
    assert (found.accuracy, found.nmi, found.ari) == pytest.approx((0.1, 0.0, 0.0))
    assert clustering(np.zeros(4, np.intp), np.zeros(4, np.intp)).nmi == 1.0


def test_more_clusters_than_labels_are_not_all_counted():
    found = clustering(np.arange(6), np.array([0, 0, 0, 1, 1, 1]))
    assert found.accuracy == pytest.approx(2 / 6)
    assert found.ari == pytest.approx(0.0)


def test_guessing_scores_near_zero():
    rng = np.random.default_rng(1)
    found = clustering(rng.integers(0, 10, 20_000), rng.integers(0, 10, 20_000))
    assert found.accuracy == pytest.approx(0.1, abs=0.02)
    assert found.nmi == pytest.approx(0.0, abs=0.002)
    assert found.ari == pytest.approx(0.0, abs=0.002)
