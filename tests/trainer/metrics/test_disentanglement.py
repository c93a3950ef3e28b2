import numpy as np

from latent import Continuous, LatentSpec, Noise
from trainer.data.strokes import draw
from trainer.metrics.disentanglement import measure_controls, with_factors


def digits(spec, slant=lambda c2, c3, label: 0.0, width=lambda c2, c3, label: 9.0, thickness=2.5):
    """Draws the digit of `c1` with slant and width as functions of the codes."""

    def render(latents):
        labels = latents[:, spec.slices["c1"]].argmax(axis=1)
        c2, c3 = (latents[:, spec.slices[name].start] for name in ("c2", "c3"))
        noise = latents[:, 0]
        leaning = slant(c2, c3, labels) + 0.02 * noise
        return draw(labels, slant=leaning, thickness=thickness, width=width(c2, c3, labels))[:, None]

    return render


def test_each_code_has_the_factor_it_controls_and_the_sign_of_its_correlation(spec):
    render = digits(spec, slant=lambda c2, c3, _: -0.3 * c2, width=lambda c2, c3, _: 9 + 3 * c3)
    measured = measure_controls(render, spec, samples_per_label=30)
    assert measured["c2"].factor == "slant"
    assert measured["c3"].factor == "width"
    assert measured["c2"].spearman["slant"] < -0.9
    assert measured["c3"].spearman["width"] > 0.8
    assert abs(measured["c2"].spearman["width"]) < 0.3
    assert [v.factor for v in with_factors(spec, measured).codes[1:]] == ["slant", "width"]


def test_a_code_with_opposite_effects_on_half_the_labels_controls_nothing(spec):
    render = digits(spec, slant=lambda c2, c3, label: 0.3 * c2 * np.where(label % 2, 1, -1))
    assert abs(measure_controls(render, spec, samples_per_label=30)["c2"].spearman["slant"]) < 0.15


def test_two_codes_of_one_factor_are_assigned_different_factors(spec):
    render = digits(spec, slant=lambda c2, c3, _: 0.3 * c2 + 0.05 * c3)
    measured = measure_controls(render, spec, samples_per_label=20)
    assert measured["c2"].factor == "slant"
    assert measured["c3"].factor != "slant"


def test_blank_images_are_left_out_and_a_code_without_effect_has_no_correlation(spec):
    def half_blank(latents):
        images = digits(spec, slant=lambda c2, c3, _: 0.3 * c2)(latents)
        images[::3] = 0
        return images

    assert measure_controls(half_blank, spec, samples_per_label=30)["c2"].spearman["slant"] > 0.9
    blank = measure_controls(lambda latents: np.zeros((len(latents), 1, 8, 8), np.uint8), spec, samples_per_label=2)
    assert blank["c2"].spearman == {"slant": 0.0, "thickness": 0.0, "width": 0.0}


def test_codes_beyond_the_number_of_factors_get_their_strongest_factor():
    spec = LatentSpec(variables=tuple(Continuous(name=f"c{i}") for i in range(1, 6)))

    def render(latents):
        return draw(np.full(len(latents), 3), slant=0.05 * latents.sum(axis=1), thickness=2.5, width=9.0)[:, None]

    measured = measure_controls(render, spec, samples_per_label=60)
    assert set(measured) == {"c1", "c2", "c3", "c4", "c5"}
    assert [m.factor for m in measured.values()].count("slant") == 3


def test_a_generator_without_continuous_codes_has_no_controls():
    spec = LatentSpec(variables=(Noise(size=3),))
    assert (
        measure_controls(lambda latents: np.zeros((len(latents), 1, 8, 8), np.uint8), spec, samples_per_label=5) == {}
    )
    assert with_factors(spec, {}) == spec
