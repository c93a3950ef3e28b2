import numpy as np
import pytest
from scipy.stats import spearmanr

from trainer.data.strokes import draw
from trainer.metrics.morphology import FACTORS, measure


def bar(**factors):
    """An upright one; its only stroke's own width is `thickness`."""
    return draw(np.array([1]), **{"slant": 0.0, "thickness": 3.0, "width": 1.0} | factors)[:, None]


@pytest.mark.parametrize("slant", [-0.5, -0.2, 0.0, 0.3, 0.6])
def test_the_slant_of_a_leaning_bar(slant):
    assert measure(bar(slant=slant))["slant"] == pytest.approx(slant, abs=0.02)


@pytest.mark.parametrize("thickness", [2.0, 3.0, 4.5])
def test_the_thickness_of_a_bar(thickness):
    assert measure(bar(thickness=thickness))["thickness"] == pytest.approx(thickness, abs=0.4)


def box(height, width, top=8, left=4):
    image = np.zeros((1, 1, 28, 28), np.uint8)
    image[..., top : top + height, left : left + width] = 255
    return image


@pytest.mark.parametrize(("height", "width"), [(12, 6), (12, 9), (6, 15)])
def test_the_width_of_a_box_is_measured_up_to_the_smoothing(height, width):
    measured = measure(box(height, width))
    assert measured["width"] == pytest.approx(width, abs=0.9)
    assert measured["slant"] == pytest.approx(0.0, abs=1e-6)


def test_the_position_of_a_glyph_does_not_matter():
    here, there = measure(box(12, 6)), measure(box(12, 6, top=3, left=17))
    for factor in FACTORS:
        assert here[factor] == pytest.approx(there[factor], abs=0.01)


@pytest.mark.parametrize(("ink", "counts"), [(0.4, False), (3.0, True)])
def test_the_outermost_one_per_cent_of_the_ink_does_not_count_for_the_width(ink, counts):
    glyph = box(12, 8)
    speck = glyph.copy()
    speck[..., 12:16, 22] = 255 * ink / 4
    assert (measure(speck)["width"] > measure(glyph)["width"] + 5) == counts


def test_the_width_does_not_depend_on_the_slant():
    upright, leaning = measure(bar())["width"], measure(bar(slant=0.5))["width"]
    assert leaning == pytest.approx(upright, abs=0.6)


@pytest.mark.parametrize("factor", FACTORS)
def test_each_measure_is_correlated_with_its_factor(factor):
    rng = np.random.default_rng(0)
    n = 150
    factors = {
        "slant": rng.uniform(-0.4, 0.4, n),
        "thickness": rng.uniform(1.5, 4.0, n),
        "width": rng.uniform(6.0, 12.0, n),
    }
    measured = measure(draw(np.full(n, 8), **factors)[:, None])
    assert spearmanr(factors[factor], measured[factor]).statistic > 0.93


def test_a_blank_image_is_nan_and_does_not_affect_others():
    glyph = bar(slant=0.3)
    alone, between = measure(glyph), measure(np.concatenate([np.zeros_like(glyph), glyph, np.zeros_like(glyph)]))
    for factor in FACTORS:
        np.testing.assert_array_equal(between[factor], [np.nan, alone[factor][0], np.nan])


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 20, 32)])
def test_a_single_pixel_can_be_measured(shape):
    image = np.zeros((1, *shape), np.uint8)
    image[0, :, 5, 5] = 1
    assert all(np.isfinite(values).all() for values in measure(image).values())


def test_an_empty_array_has_empty_measures():
    assert {f: v.shape for f, v in measure(np.empty((0, 1, 28, 28), np.uint8)).items()} == dict.fromkeys(FACTORS, (0,))


def test_the_measures_do_not_depend_on_the_chunk():
    images = np.repeat(bar(slant=0.2), 260, axis=0)
    for values in measure(images).values():
        np.testing.assert_allclose(values, values[0])
