import numpy as np
import pytest

from trainer.data import glyph_variation

N = 64
POINTS = glyph_variation.grid(N)
IDENTITY = {"rotation": 0.0, "shear": 0.0, "stretch": np.ones(2), "shift": np.zeros(2)}


def image_position(x, y, **changes):
    """The position in the image of the drawing's point `(x, y)`, after an affine map."""
    points = glyph_variation.inverse_affine(POINTS, **IDENTITY | changes)
    distance = np.hypot(points[0] - y, points[1] - x)
    row, column = np.unravel_index(distance.argmin(), distance.shape)
    return POINTS[1, row, column], POINTS[0, row, column]


def test_the_grid_is_the_centres_of_the_pixels():
    np.testing.assert_allclose(
        glyph_variation.grid(2), [[[-0.25, -0.25], [0.25, 0.25]], [[-0.25, 0.25], [-0.25, 0.25]]]
    )


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({}, (0.2, -0.3)),
        ({"shift": np.array([0.1, -0.05])}, (0.15, -0.2)),
        ({"stretch": np.array([0.5, 1.5])}, (0.3, -0.15)),
        ({"shear": 0.5}, (0.35, -0.3)),  # the top, where y is negative, leans to the right
        ({"rotation": np.pi / 2}, (0.3, 0.2)),  # clockwise: what was up is to the right
        ({"shear": 0.5, "rotation": np.pi / 2}, (0.3, 0.35)),
    ],
)
def test_an_affine_map_moves_the_ink(changes, seen):
    assert image_position(0.2, -0.3, **changes) == pytest.approx(seen, abs=1 / N)


def test_equal_knots_are_a_translation():
    knots = np.stack([np.full((5, 5), 0.1), np.full((5, 5), -0.2)])
    moved = glyph_variation.elastic(POINTS, knots) - POINTS
    np.testing.assert_allclose(moved[0], 0.1)
    np.testing.assert_allclose(moved[1], -0.2)


def test_an_elastic_deformation_is_smooth_and_no_larger_than_its_knots():
    knots = np.random.default_rng(0).normal(size=(2, 6, 6))
    moved = glyph_variation.elastic(POINTS, knots) - POINTS
    assert np.abs(moved).max() <= np.abs(knots).max()
    assert np.abs(np.diff(moved, axis=1)).max() < 0.2 * np.abs(knots).max()
    assert moved.std() > 0.3


def test_a_knot_has_a_local_effect():
    knots = np.zeros((2, 6, 6))
    knots[0, 1, 2] = 1.0
    moved = glyph_variation.elastic(POINTS, knots)[0] - POINTS[0]
    assert moved[: N // 3].max() > 0.2
    np.testing.assert_allclose(moved[2 * N // 3 + 1 :], 0.0)


@pytest.mark.parametrize(("thickness", "bleed"), [(1.0, 1.0), (1.3, 1.0), (0.9, 2.0)])
def test_bleed_does_not_change_the_stroke_width(thickness, bleed):
    half = 4.0
    distance = half - np.abs(np.arange(-15.5, 16))
    coverage = glyph_variation.ink(distance, half, thickness, bleed)
    assert coverage.sum() == pytest.approx(2 * half * thickness)
    assert (coverage.min(), coverage.max()) == (0.0, 1.0)


def test_draws_fill_their_ranges():
    draws = [glyph_variation.draw(np.random.default_rng(seed)) for seed in range(400)]
    for name, low, high in (
        ("rotation", -glyph_variation.ROTATION, glyph_variation.ROTATION),
        ("shear", -glyph_variation.SHEAR, glyph_variation.SHEAR),
        ("stretch", *glyph_variation.STRETCH),
        ("shift", -glyph_variation.SHIFT, glyph_variation.SHIFT),
        ("thickness", *glyph_variation.THICKNESS),
        ("bleed", *glyph_variation.BLEED),
    ):
        values = np.array([getattr(draw, name) for draw in draws])
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high >= values.max() > high - 0.05 * (high - low)
    assert np.std([draw.knots for draw in draws]) == pytest.approx(glyph_variation.KNOT_DEVIATION, rel=0.05)
