import math

import numpy as np
import pytest

from trainer.data.strokes import draw
from trainer.metrics.clustering import clustering_scores, encoder_clustering
from trainer.metrics.onnx_encoder import OnnxEncoder


def test_renumbered_labels_are_perfect_clusters():
    found = clustering_scores(np.array([2, 2, 0, 0, 1]), np.array([0, 0, 1, 1, 2]))
    assert (found.accuracy, found.nmi, found.ari) == pytest.approx((1.0, 1.0, 1.0))


def test_a_small_case_by_hand():
    # Counts [[2, 1], [0, 3]]: mutual information by its sum; pairs together 1 + 3 = 4, 6 in clusters, 7 in labels.
    found = clustering_scores(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 1, 1]))
    shared = 1 / 3 * math.log(2) + 1 / 6 * math.log(1 / 2) + 1 / 2 * math.log(3 / 2)
    entropies = math.log(2), math.log(3) - 2 / 3 * math.log(2)
    expected = 6 * 7 / 15
    assert found.accuracy == pytest.approx(5 / 6)
    assert found.nmi == pytest.approx(shared / (sum(entropies) / 2))
    assert found.ari == pytest.approx((4 - expected) / ((6 + 7) / 2 - expected))


def test_scores_equal_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    predicted = rng.integers(0, 4, 200)
    labels = (predicted + rng.integers(0, 2, 200)) % 3
    found = clustering_scores(
        predicted, labels
    )  # scikit-learn 1.9, normalized_mutual_info_score and adjusted_rand_score
    assert found.nmi == pytest.approx(0.32328330691541807)
    assert found.ari == pytest.approx(0.1904815233819231)


def test_a_single_cluster_scores_zero():
    labels = np.repeat(np.arange(10), 20)
    found = clustering_scores(np.zeros(200, np.intp), labels)
    assert (found.accuracy, found.nmi, found.ari) == pytest.approx((0.1, 0.0, 0.0))
    assert clustering_scores(np.zeros(4, np.intp), np.zeros(4, np.intp)).nmi == 1.0


def test_clusters_beyond_the_number_of_labels_are_not_assigned():
    found = clustering_scores(np.arange(6), np.array([0, 0, 0, 1, 1, 1]))
    assert found.accuracy == pytest.approx(2 / 6)
    assert found.ari == pytest.approx(0.0)


def test_random_clusters_score_near_zero():
    rng = np.random.default_rng(1)
    found = clustering_scores(rng.integers(0, 10, 20_000), rng.integers(0, 10, 20_000))
    assert found.accuracy == pytest.approx(0.1, abs=0.02)
    assert found.nmi == pytest.approx(0.0, abs=0.002)
    assert found.ari == pytest.approx(0.0, abs=0.002)


def test_real_images_are_clustered_by_the_first_categorical_code(encoder_file, spec):
    labels = np.arange(40) % 10
    images = draw(labels, slant=0.1, thickness=2.5, width=9.0)[:, None]
    output = OnnxEncoder(encoder_file).encode(images)
    assert encoder_clustering(output, spec, (labels + 3) % 10).accuracy == 1.0
    assert encoder_clustering({"c2": output["c2"]}, spec, labels) is None
