import numpy as np
import pytest

from trainer.pretraining.information_bottleneck import agglomerate


def test_rows_that_say_the_same_are_merged_first():
    joint = np.array([[4.0, 0, 0], [0, 3, 0], [2, 0, 0], [0, 0, 5], [0, 1, 0]])
    group = agglomerate(joint, 3)
    assert group.tolist() == [0, 1, 0, 2, 1]


def test_rare_rows_are_merged_before_common_ones():
    # Both pairs differ alike; merging the common one would lose a hundred times more.
    joint = np.array([[3.0, 1, 0, 0], [1, 3, 0, 0], [0, 0, 300, 100], [0, 0, 100, 300]])
    assert agglomerate(joint, 3).tolist() == [0, 0, 1, 2]


def test_information_lost_is_that_of_the_definition():
    rng = np.random.default_rng(0)
    joint = rng.random((4, 6))

    def information(table):
        table = table / table.sum()
        independent = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
        return (table * np.log(table / independent)).sum()

    group = agglomerate(joint, 3)
    merged = np.array([joint[group == g].sum(0) for g in range(3)])
    pairs = [(i, j) for i in range(4) for j in range(i)]
    possible = [information(np.vstack([np.delete(joint, [i, j], 0), joint[i] + joint[j]])) for i, j in pairs]
    assert information(merged) == pytest.approx(max(possible))


def test_empty_clusters_are_allowed():
    joint = np.zeros((5, 5))
    joint[1, 1] = joint[3, 3] = 1.0
    group = agglomerate(joint, 2)
    assert group[1] != group[3]
    assert set(group.tolist()) == {0, 1}


def test_more_groups_than_clusters_are_refused():
    with pytest.raises(ValueError, match="3 clusters cannot be merged into 4"):
        agglomerate(np.eye(3), 4)
