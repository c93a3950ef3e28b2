import pytest
from pydantic import ValidationError

from latent import Categorical, Continuous, LatentSpec, Noise

SPEC = LatentSpec(
    variables=(
        Noise(size=62),
        Categorical(name="c1", size=10, labels=tuple("0123456789")),
        Continuous(name="c2"),
        Continuous(name="c3", low=0, high=4),
    )
)


def test_layout_of_the_mnist_infogan():
    assert (SPEC.dim, SPEC.code_dim) == (74, 12)
    assert SPEC.slices == {"z": slice(0, 62), "c1": slice(62, 72), "c2": slice(72, 73), "c3": slice(73, 74)}
    assert SPEC.layout() == "z[62] + c1[10] + c2 + c3"
    assert SPEC.layout(noise=False) == "c1[10] + c2 + c3"


def test_variables_by_name():
    assert SPEC["c2"].name == "c2"
    assert "c3" in SPEC
    assert "c4" not in SPEC
    assert [v.name for v in SPEC] == ["z", "c1", "c2", "c3"]
    assert SPEC.noises == (SPEC["z"],)
    assert SPEC.style is None
    assert SPEC.labelled is SPEC["c1"]


def test_a_latent_may_be_noise_alone():
    spec = LatentSpec(variables=(Noise(size=5),))
    assert (spec.dim, spec.code_dim, spec.codes, spec.labelled) == (5, 0, (), None)


def test_limits_are_three_times_the_range_about_its_centre():
    assert Continuous(name="c", low=-1, high=1).limits == (-3, 3)
    assert Continuous(name="c", low=0, high=4).limits == (-4, 8)


def test_json_round_trip():
    assert LatentSpec.model_validate_json(SPEC.model_dump_json()) == SPEC


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ([], "at least 1"),
        (
            [{"kind": "noise", "size": 2}, {"kind": "noise", "name": "y", "size": 2}],
            "has one noise variable, and beside it one named",
        ),
        ([{"kind": "continuous", "name": "a"}, {"kind": "continuous", "name": "a"}], "names must differ"),
        ([{"kind": "continuous", "name": "a", "low": 1, "high": 1}], "low must be below high"),
        ([{"kind": "continuous", "name": "a", "high": float("inf")}], "finite"),
        ([{"kind": "categorical", "name": "a", "size": 2, "labels": ["x"]}], "2 different names"),
        ([{"kind": "categorical", "name": "a", "size": 2, "labels": ["x", "x"]}], "2 different names"),
        ([{"kind": "noise", "size": 2, "colour": 1}], "Extra inputs"),
        ([{"kind": "noise", "name": "z.1", "size": 2}], "pattern"),
    ],
)
def test_invalid_specs_are_refused(variables, reason):
    with pytest.raises(ValidationError, match=reason):
        LatentSpec.model_validate({"variables": variables})


def test_a_second_noise_is_the_style_of_a_writer():
    spec = LatentSpec(variables=(Noise(name="style", size=2), Noise(size=3), Categorical(name="c1", size=4)))
    assert spec.style is spec["style"]
    assert (spec.dim, spec.code_dim) == (9, 4)
    assert spec.layout() == "style[2] + z[3] + c1[4]"
