import numpy as np

from latent import Categorical, LatentSpec, Noise, codes
from trainer.metrics.evaluation_latents import balanced_latents, class_code, matched_latents


def test_labels_are_balanced_and_the_rest_is_from_the_prior(spec):
    latents, labels = balanced_latents(spec, 200, seed=4)
    at = spec.slices["c1"]
    assert np.bincount(labels).tolist() == [20] * 10
    np.testing.assert_array_equal(latents[:, at], np.eye(10)[labels])
    drawn = codes.draw(spec, 4, range(200))
    np.testing.assert_array_equal(np.delete(latents, at, axis=1), np.delete(drawn, at, axis=1))


def test_classes_are_those_of_the_labelled_or_first_categorical_code():
    first = Categorical(name="c1", size=3)
    unnamed = LatentSpec(variables=(first, Categorical(name="c2", size=4)))
    named = LatentSpec(variables=(first, Categorical(name="c2", size=2, labels=("a", "b"))))
    noise = LatentSpec(variables=(Noise(size=3),))
    assert class_code(unnamed) == first
    assert class_code(named).name == "c2"
    assert class_code(noise) is None
    assert balanced_latents(noise, 5, seed=0)[1].tolist() == [0] * 5


def test_label_frequencies_are_those_of_the_data_by_name():
    spec = LatentSpec(variables=(Noise(size=2), Categorical(name="c1", size=3, labels=("b", "a", "z"))))
    latents = matched_latents(np.array([0] * 6 + [1] * 2), ("a", "b"), spec, 400, seed=1)
    assert latents[:, spec.slices["c1"]].sum(axis=0).tolist() == [100, 300, 0]
    np.testing.assert_array_equal(latents[:, spec.slices["z"]], codes.draw(spec, 1, range(400))[:, spec.slices["z"]])


def test_a_part_of_the_latents_has_the_label_frequencies_of_the_data(spec):
    labels = np.repeat(np.arange(10), 40)  # sorted, as a data set may be
    latents = matched_latents(labels, tuple("0123456789"), spec, 2000, seed=0)
    found = latents[:500, spec.slices["c1"]].sum(axis=0)
    assert found.min() > 25
    assert found.max() < 75


def test_without_the_labels_of_the_data_latents_are_from_the_prior():
    unlabelled = LatentSpec(variables=(Noise(size=2), Categorical(name="c1", size=3)))
    for spec in (unlabelled, LatentSpec(variables=(Categorical(name="c1", size=2, labels=("x", "y")),))):
        drawn = matched_latents(np.array([0, 0, 1]), ("a", "b"), spec, 50, seed=7)
        np.testing.assert_array_equal(drawn, codes.draw(spec, 7, range(50)))
