import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from trainer.data.attributes import ATTRIBUTES, measure_attributes, ranks_within_labels
from trainer.metrics import morphology


def bar(slope, thickness, side=48):
    """A straight stroke through the middle, `slope` to the right, anti-aliased: uint8 `(1, side, side)`."""
    y, x = np.mgrid[:side, :side] + 0.5 - side / 2
    distance = np.abs(x + slope * y) / np.hypot(1, slope)
    ink = np.clip(thickness / 2 + 0.5 - distance, 0, 1) * (np.abs(y) < side * 0.4)
    return torch.from_numpy(np.rint(255 * ink).astype(np.uint8))[None]


@pytest.mark.parametrize(("slope", "thickness"), [(0.0, 2.0), (0.5, 3.0), (-0.3, 4.0)])
def test_a_bar_has_its_slope_and_thickness(slope, thickness):
    measured = measure_attributes(bar(slope, thickness)[None])
    assert measured["slant"].item() == pytest.approx(slope, abs=0.03)
    assert measured["thickness"].item() == pytest.approx(thickness, rel=0.2)
    assert measured["width"].item() == pytest.approx(thickness * np.hypot(1, slope), abs=1.6)


def test_they_rank_images_as_the_published_measurements_do(strokes):
    images = strokes.images[:300]
    exact, fast = morphology.measure(images.numpy()), measure_attributes(images)
    for name in ATTRIBUTES:
        assert spearmanr(exact[name], fast[name].numpy()).statistic > 0.9, name


def test_a_blank_image_has_finite_attributes():
    assert all(
        torch.isfinite(values).all()
        for values in measure_attributes(torch.zeros(2, 1, 8, 8, dtype=torch.uint8)).values()
    )


def test_ranks_are_spread_evenly_within_each_label():
    values, labels = torch.tensor([5.0, 1.0, 3.0, 30.0, 10.0]), torch.tensor([0, 0, 0, 1, 1])
    torch.testing.assert_close(
        ranks_within_labels(values, labels, -1, 1), torch.tensor([2 / 3, -2 / 3, 0.0, 0.5, -0.5])
    )
