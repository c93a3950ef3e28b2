import numpy as np
import pytest

from trainer.metrics import precision_recall as module
from trainer.metrics.precision_recall import precision_recall


def line(*places):
    return np.array(places, np.float32)[:, None]


def test_equal_sets_score_one_in_all_figures():
    features = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    assert precision_recall(features, features) == pytest.approx((1.0, 1.0, 1.0, 1.0))


def test_sets_far_apart_score_nothing():
    features = np.random.default_rng(0).normal(size=(50, 3))
    assert precision_recall(features, features + 100) == (0.0, 0.0, 0.0, 0.0)


def test_points_on_a_line_by_hand():
    # Reach of the real: 1, 1, 2 and so [-1, 1], [0, 2], [1, 5]; of the generated: 1.5, 1.5 and 17, so the last one's
    # ball takes in all that is real.
    real, generated = line(0, 1, 3), line(0.5, 2, 19)
    found = precision_recall(real, generated, k=1)
    assert found.precision == pytest.approx(2 / 3)  # 0.5 and 2
    assert found.density == pytest.approx((2 + 1) / 3)  # 0.5 by the first two, 2 by the last alone
    assert found.coverage == pytest.approx(3 / 3)
    assert found.recall == pytest.approx(3 / 3)
    swapped = precision_recall(generated, real, k=1)
    assert (swapped.precision, swapped.recall) == (found.recall, found.precision)


def test_one_outlier_raises_precision_but_not_density():
    rng = np.random.default_rng(1)
    real, generated = rng.normal(size=(300, 2)), rng.normal([20.0, 0.0], size=(300, 2))
    alone = precision_recall(real, generated)
    outlier = precision_recall(np.vstack([real, [[40.0, 0.0]]]), generated)
    assert alone.precision == 0
    assert outlier.precision == 1.0
    assert outlier.density <= 1 / module.NEIGHBOURS


def test_a_missing_mode_lowers_recall_but_not_precision():
    rng = np.random.default_rng(2)
    modes = np.repeat([[0.0, 0.0], [30.0, 0.0]], 200, axis=0)
    found = precision_recall(rng.normal(size=(400, 2)) + modes, rng.normal(size=(400, 2)))
    assert found.precision > 0.9
    assert found.recall == pytest.approx(0.5, abs=0.05)
    assert found.coverage == pytest.approx(0.5, abs=0.05)


def test_two_samples_of_one_distribution_have_the_expected_density_and_coverage():
    # Naeem et al. 2020, section 3.2: 1, and 1 - (n-1)...(n-k) / ((m+n-1)...(m+n-k)) for any distribution.
    rng, n, k = np.random.default_rng(3), 1500, 5
    found = precision_recall(rng.normal(size=(n, 16)), rng.normal(size=(n, 16)), k)
    missed = np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
    assert found.density == pytest.approx(1.0, abs=0.03)
    assert found.coverage == pytest.approx(1 - missed, abs=0.015)


def test_the_chunk_size_does_not_change_the_figures(monkeypatch):
    rng = np.random.default_rng(4)
    real, generated = rng.normal(size=(60, 4)), rng.normal(0.5, 1.0, size=(41, 4))
    whole = precision_recall(real, generated)
    monkeypatch.setattr(module, "_CHUNK", 7)
    assert precision_recall(real, generated) == whole


def test_too_few_images_have_no_neighbours():
    with pytest.raises(ValueError, match="more than 5 images of either kind, got 5 and 9"):
        precision_recall(np.zeros((5, 2)), np.zeros((9, 2)))
