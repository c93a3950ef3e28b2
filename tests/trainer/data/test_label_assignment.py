import numpy as np
import pytest

from trainer.data.label_assignment import assign_clusters


def test_the_assignment_has_the_highest_accuracy():
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    clusters = np.array([2, 2, 1, 0, 0, 0, 1, 1, 0])
    order, accuracy = assign_clusters(clusters, labels, 3)
    assert order.tolist() == [2, 0, 1]
    assert accuracy == pytest.approx(7 / 9)


def test_the_assignment_is_one_to_one_even_where_a_cluster_is_empty():
    order, _ = assign_clusters(np.array([0, 0, 0]), np.array([0, 1, 2]), 3)
    assert sorted(order.tolist()) == [0, 1, 2]
