import numpy as np
import torch
from torch import nn

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.card import Control
from tests.latent.test_spec import SPEC
from trainer.export import alignment

NAMES = ("a", "b", "c")


def test_permuting_categories_permutes_their_columns_only():
    input_layer = nn.Linear(SPEC.dim, 5)
    before = input_layer.weight.detach().clone()
    order = np.random.default_rng(0).permutation(10)
    alignment.permute_categories(input_layer, SPEC, "c1", order)
    for value in range(10):
        assert torch.equal(input_layer.weight[:, 62 + value], before[:, 62 + order[value]])
    rest = [*range(62), 72, 73]
    assert torch.equal(input_layer.weight[:, rest], before[:, rest])


def test_prediction_leaves_the_networks_in_training_mode(training, strokes):
    categories = alignment.predict_categories(training.networks, "c1", strokes.images[:7])
    assert categories.shape == (7,)
    assert categories.max() < 10
    assert training.networks.training


def test_labels_become_the_names_of_the_values():
    spec = LatentSpec(variables=(Noise(size=2), Categorical(name="c1", size=3), Categorical(name="c2", size=3)))
    labelled = alignment.with_labels(spec, "c1", NAMES)
    assert labelled["c1"].labels == NAMES
    assert labelled["c2"].labels == ()


def control(factor, **spearman):
    return Control(factor=factor, spearman=spearman)


SYMMETRIC = LatentSpec(variables=(Noise(size=1), Continuous(name="c2"), Continuous(name="c3")))


def test_codes_are_sorted_by_factor_and_increase_with_it():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    continuous = alignment.order_by_factor(SYMMETRIC, measured)
    assert continuous == {"c2": ("c3", 1), "c3": ("c2", -1)}
    input_layer = nn.Linear(3, 4)
    before = input_layer.weight.detach().clone()
    alignment.permute_continuous(input_layer, SYMMETRIC, continuous)
    assert torch.equal(input_layer.weight, torch.stack([before[:, 0], before[:, 2], -before[:, 1]], 1))


def test_codes_with_different_ranges_are_not_permuted():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    assert alignment.order_by_factor(SPEC, measured) == {}  # c3 runs from 0 to 4


def test_without_continuous_codes_nothing_is_permuted():
    assert alignment.order_by_factor(LatentSpec(variables=(Noise(size=1),)), {}) == {}
