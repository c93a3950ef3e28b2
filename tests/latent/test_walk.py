import numpy as np
import pytest

from latent import CodeError, LatentSpec, Noise, codes, walk
from tests.latent.test_spec import SPEC


def test_points_default_to_the_ends_of_the_prior():
    np.testing.assert_allclose(walk.points(SPEC, "c2"), np.linspace(-1, 1, 11))
    np.testing.assert_allclose(walk.points(SPEC, "c3", steps=3), [0, 2, 4])
    np.testing.assert_allclose(walk.points(SPEC, "z.17", steps=3), [-3, 0, 3])
    np.testing.assert_allclose(walk.points(SPEC, "c2", start=2, stop=-2, steps=5), [2, 1, 0, -1, -2])


def test_points_of_a_categorical_are_its_values():
    assert walk.points(SPEC, "c1").tolist() == list(range(10))
    assert walk.points(SPEC, "c1", start=7, stop=3).tolist() == [7, 6, 5, 4, 3]
    assert walk.points(SPEC, "c1", start=2, stop=2, steps=1).tolist() == [2]


@pytest.mark.parametrize(
    ("arguments", "field", "expected"),
    [
        ({"dim": "c9"}, "dim", "the variables are z, c1, c2, c3"),
        ({"dim": "z"}, "dim", "z.0 to z.61"),
        ({"dim": "c2", "start": -3.5}, "start", "from -3 to 3"),
        ({"dim": "c2", "stop": float("nan")}, "stop", "from -3 to 3"),
        ({"dim": "z.1", "stop": 11}, "stop", "from -10 to 10"),
        ({"dim": "c1", "stop": 10}, "stop", "from 0 to 9"),
        ({"dim": "c1", "start": 0.5}, "start", "whole number"),
        ({"dim": "c1", "steps": 5}, "steps", "must be 10"),
    ],
)
def test_invalid_points_are_refused(arguments, field, expected):
    with pytest.raises(CodeError, match=r"got") as caught:
        walk.points(SPEC, **arguments)
    assert caught.value.field == field
    assert expected in caught.value.expected


def test_a_noise_of_one_number_is_traversed_by_its_own_name():
    spec = LatentSpec(variables=(Noise(size=1),))
    assert walk.points(spec, "z", steps=2).tolist() == [-3, 3]


def test_traverse_changes_one_column_and_keeps_a_row_together():
    base = codes.draw(SPEC, 0, range(2))
    latents = walk.traverse(SPEC, base, "c2", np.array([-1.0, 0.0, 1.0]))
    assert latents.shape == (6, 74)
    assert latents[:, 72].tolist() == [-1, 0, 1, -1, 0, 1]
    others = np.delete(latents, 72, axis=1)
    np.testing.assert_array_equal(others, np.repeat(np.delete(base, 72, axis=1), 3, axis=0))


def test_traverse_a_categorical():
    latents = walk.traverse(SPEC, codes.draw(SPEC, 0, [0]), "c1", walk.points(SPEC, "c1", 3, 5))
    np.testing.assert_array_equal(latents[:, 62:72], np.eye(10)[[3, 4, 5]])


def test_interpolation_includes_both_ends_and_keeps_the_length_of_the_noise():
    a, b = codes.draw(SPEC, 0, range(2))
    path = walk.interpolate(SPEC, a, b, 9)
    np.testing.assert_allclose(path[0], a, atol=1e-6)
    np.testing.assert_allclose(path[-1], b, atol=1e-6)
    norms = np.linalg.norm(path[:, :62], axis=1)
    assert norms.min() > 0.95 * min(norms[0], norms[-1])  # linear interpolation would lose 30 % at the middle
    np.testing.assert_allclose(path[4, 72:], (a[72:] + b[72:]) / 2, rtol=1e-5)
    np.testing.assert_allclose(path[:, 62:72].sum(1), 1, rtol=1e-6)


def test_interpolation_of_a_draw_with_itself_or_its_opposite_is_finite():
    spec = LatentSpec(variables=(Noise(size=3),))
    (a,) = codes.draw(spec, 0, [0])
    np.testing.assert_allclose(walk.interpolate(spec, a, a, 3), [a, a, a])
    assert np.isfinite(walk.interpolate(spec, a, -a, 3)).all()
    assert np.isfinite(walk.interpolate(spec, a, 0 * a, 3)).all()
