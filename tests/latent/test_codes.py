import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent import Categorical, CodeError, Continuous, LatentSpec, Noise, codes
from tests.latent.test_spec import SPEC

C1 = SPEC.slices["c1"]


def test_golden_draw():
    row = codes.draw(SPEC, 1, [3])[0]
    np.testing.assert_allclose(row[:4], [-0.8219017, -1.9178467, 0.9286404, 1.0475969], rtol=1e-6)
    assert row[C1].argmax() == 9
    np.testing.assert_allclose(row[72:], [-0.9654561, 1.2958606], rtol=1e-6)


@given(st.integers(0, 2**64 - 1), st.permutations(range(5)))
def test_a_sample_does_not_depend_on_the_other_indices(seed, order):
    np.testing.assert_array_equal(codes.draw(SPEC, seed, order), codes.draw(SPEC, seed, range(5))[list(order)])


def test_draws_follow_their_priors():
    latents = codes.draw(SPEC, 0, range(4000))
    assert latents.dtype == np.float32
    noise = latents[:, :62]
    assert noise.mean() == pytest.approx(0, abs=0.01)
    assert noise.std() == pytest.approx(1, abs=0.01)
    assert set(np.unique(latents[:, C1])) == {0, 1}
    assert (latents[:, C1].sum(1) == 1).all()
    assert np.bincount(latents[:, C1].argmax(1), minlength=10).min() > 330
    assert latents[:, 72].min() >= -1
    assert latents[:, 72].max() <= 1
    assert latents[:, 73].min() >= 0
    assert latents[:, 73].mean() == pytest.approx(2, abs=0.1)


def test_truncation_bounds_the_noise_and_leaves_the_codes():
    full, truncated = codes.draw(SPEC, 5, range(200)), codes.draw(SPEC, 5, range(200), truncation=0.5)
    assert np.abs(truncated[:, :62]).max() <= 0.5
    np.testing.assert_array_equal(full[:, 62:], truncated[:, 62:])


def test_assign_writes_the_named_values_only():
    base = codes.draw(SPEC, 2, range(3))
    latents = base.copy()
    codes.assign(SPEC, latents, {"c1": "7", "c2": 0.25, "z.3": -2}, "codes")
    assert latents[:, C1].argmax(1).tolist() == [7, 7, 7]
    assert latents[:, C1].sum() == 3
    assert latents[:, 72].tolist() == [0.25] * 3
    assert latents[:, 3].tolist() == [-2] * 3
    untouched = np.r_[0:3, 4:62, 73]
    np.testing.assert_array_equal(latents[:, untouched], base[:, untouched])


def test_assign_takes_the_whole_noise():
    latents = codes.draw(SPEC, 2, [0])
    codes.assign(SPEC, latents, {"z": list(range(-5, 5)) + [0.5] * 52, "c1": 0}, "")
    assert latents[0, :10].tolist() == list(range(-5, 5))


@pytest.mark.parametrize(
    ("values", "field", "expected"),
    [
        ({"c9": 1}, "codes[2].c9", "the variables are z, c1, c2, c3, z.0 to z.61"),
        ({"z.62": 1}, "codes[2].z.62", "z.0 to z.61"),
        ({"z.\u0663": 1}, "codes[2].z.\u0663", "z.0 to z.61"),  # a digit, but not an ASCII one
        ({"c2.0": 1}, "codes[2].c2.0", "z.0 to z.61"),
        ({"c1": 10}, "codes[2].c1", "from 0 to 9"),
        ({"c1": -1}, "codes[2].c1", "from 0 to 9"),
        ({"c1": 1.5}, "codes[2].c1", "from 0 to 9"),
        ({"c1": True}, "codes[2].c1", "from 0 to 9"),
        ({"c1": "ten"}, "codes[2].c1", "the labels are 0, 1, 2"),
        ({"c2": 3.01}, "codes[2].c2", "from -3 to 3"),
        ({"c3": -4.1}, "codes[2].c3", "from -4 to 8"),
        ({"c2": float("nan")}, "codes[2].c2", "finite"),
        ({"c2": float("inf")}, "codes[2].c2", "finite"),
        ({"c2": "0"}, "codes[2].c2", "finite number"),
        ({"c2": False}, "codes[2].c2", "finite number"),
        ({"z": [0.0] * 61}, "codes[2].z", "62 numbers, got 61"),
        ({"z": 0.0}, "codes[2].z", "62 numbers, got 1"),
        ({"z": [11.0] * 62}, "codes[2].z", "from -10 to 10"),
    ],
)
def test_assign_reports_the_field_and_the_valid_values(values, field, expected):
    with pytest.raises(CodeError, match=r"got") as caught:
        codes.assign(SPEC, codes.draw(SPEC, 0, [0]), values, "codes[2]")
    assert caught.value.field == field
    assert expected in caught.value.expected


def test_a_long_value_is_shortened_in_the_message():
    assert len(str(CodeError("codes", "x" * 10_000, "must be short"))) < 120


def test_labels():
    assert codes.label(SPEC, "7") == {"c1": 7}
    with pytest.raises(CodeError, match="the labels are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"):
        codes.label(SPEC, "x")
    with pytest.raises(CodeError, match="no labels"):
        codes.label(LatentSpec(variables=(Noise(size=2),)), "7")
    unnamed = Categorical(name="c1", size=3)
    with pytest.raises(CodeError, match="no labels"):
        codes.category(unnamed, "7", "c1")


def test_vectors_keep_the_noise_of_the_base():
    base = codes.draw(SPEC, 0, range(2))
    code = [0.0] * 10 + [0.5, 1.0]
    code[4] = 1.0
    full = [0.1] * 62 + code
    latents = codes.from_vectors(SPEC, [code, full], base, "codes")
    assert latents.dtype == np.float32
    np.testing.assert_array_equal(latents[0, :62], base[0, :62])
    np.testing.assert_allclose(latents[1, :62], 0.1)
    np.testing.assert_array_equal(latents[:, 62:], [code, code])


def test_vectors_may_blend_categories():
    code = [0.5, 0.5] + [0.0] * 10
    assert codes.from_vectors(SPEC, [code], codes.draw(SPEC, 0, [0]), "codes")[0, 62] == 0.5


@pytest.mark.parametrize(
    ("row", "field", "expected"),
    [
        ([0.0] * 13, "codes[0]", "12 numbers (c1[10] + c2 + c3) or 74 numbers (z[62] + c1[10] + c2 + c3)"),
        ([], "codes[0]", "12 numbers"),
        ([0.0] * 12, "codes[0].c1", "one-hot"),
        ([2.0, -1.0] + [0.0] * 10, "codes[0].c1", "one-hot"),
        ([float("nan")] + [0.0] * 11, "codes[0].c1", "one-hot"),
        ([1.0] + [0.0] * 9 + [1e39, 0.0], "codes[0].c2", "from -3 to 3"),
        ([1.0] + [0.0] * 9 + [0.0, float("inf")], "codes[0].c3", "from -4 to 8"),
        ([10.5] + [0.0] * 61 + [1.0] + [0.0] * 11, "codes[0].z", "from -10 to 10"),
    ],
)
def test_invalid_vectors_are_refused(row, field, expected):
    with pytest.raises(CodeError, match=r"got") as caught:
        codes.from_vectors(SPEC, [row], codes.draw(SPEC, 0, [0]), "codes")
    assert caught.value.field == field
    assert expected in caught.value.expected


def test_a_latent_without_codes_takes_full_vectors_alone():
    spec = LatentSpec(variables=(Noise(size=3),))
    with pytest.raises(CodeError, match=r"must have 3 numbers \(z\[3\]\)$"):
        codes.from_vectors(spec, [[0.0]], codes.draw(spec, 0, [0]), "codes")


def test_a_latent_without_noise():
    spec = LatentSpec(variables=(Continuous(name="c1"),))
    assert codes.dim_names(spec) == ["c1"]
    assert codes.from_vectors(spec, [[0.5]], codes.draw(spec, 0, [0]), "codes").tolist() == [[0.5]]
