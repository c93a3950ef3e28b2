import numpy as np
import pytest
import torch
from torch import nn

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.card import Control
from tests.latent.test_spec import SPEC
from trainer.export import alignment

NAMES = ("a", "b", "c")


def test_the_assignment_explains_most_images():
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    categories = np.array([2, 2, 1, 0, 0, 0, 1, 1, 0])
    order, described = alignment.assign(categories, labels, 3)
    assert order.tolist() == [2, 0, 1]
    assert described.accuracy == pytest.approx(7 / 9)
    assert (described.method, described.labelled_images) == ("hungarian", 9)


def test_the_assignment_is_one_to_one_even_where_a_category_is_empty():
    order, _ = alignment.assign(np.array([0, 0, 0]), np.array([0, 1, 2]), 3)
    assert sorted(order.tolist()) == [0, 1, 2]


def test_folding_the_order_renames_the_values():
    first = nn.Linear(SPEC.dim, 5)
    before = first.weight.detach().clone()
    order = np.random.default_rng(0).permutation(10)
    alignment.fold_order(first, SPEC, "c1", order)
    for value in range(10):
        assert torch.equal(first.weight[:, 62 + value], before[:, 62 + order[value]])
    rest = [*range(62), 72, 73]
    assert torch.equal(first.weight[:, rest], before[:, rest])


def test_reading_leaves_the_networks_training(training, strokes):
    categories = alignment.read_category(training.networks, "c1", strokes.images[:7])
    assert categories.shape == (7,)
    assert categories.max() < 10
    assert training.networks.training


def test_labels_are_written_into_the_spec():
    spec = LatentSpec(variables=(Noise(size=2), Categorical(name="c1", size=3), Categorical(name="c2", size=3)))
    named = alignment.named(spec, "c1", NAMES)
    assert named["c1"].labels == NAMES
    assert named["c2"].labels == ()


def control(factor, **spearman):
    return Control(factor=factor, spearman=spearman)


SYMMETRIC = LatentSpec(variables=(Noise(size=1), Continuous(name="c2"), Continuous(name="c3")))


def test_codes_are_turned_to_rise_with_the_factors_in_order():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    moves = alignment.orientation(SYMMETRIC, measured)
    assert moves == {"c2": ("c3", 1), "c3": ("c2", -1)}
    first = nn.Linear(3, 4)
    before = first.weight.detach().clone()
    alignment.fold_continuous(first, SYMMETRIC, moves)
    assert torch.equal(first.weight, torch.stack([before[:, 0], before[:, 2], -before[:, 1]], 1))


def test_codes_of_unlike_ranges_stay_as_they_are():
    measured = {"c2": control("width", width=-0.7), "c3": control("slant", slant=0.9)}
    assert alignment.orientation(SPEC, measured) == {}  # c3 runs from 0 to 4


def test_nothing_to_turn_without_continuous_codes():
    assert alignment.orientation(LatentSpec(variables=(Noise(size=1),)), {}) == {}
