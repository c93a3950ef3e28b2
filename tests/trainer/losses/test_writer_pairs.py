"""The losses on pairs, on a run of its own recipe: batches of pairs, a pair head, attributes, and a style."""

import copy

import pytest
import torch
from torch.nn import functional as F

from tests.trainer.conftest import TINY
from trainer.config.recipe import Recipe, RecipeError
from trainer.data.sampler import Batch
from trainer.losses.step import Step
from trainer.losses.writer_pairs import DiscriminatorWriterPairs, GeneratorWriterPairs
from trainer.networks.pair_head import PairHead
from trainer.training.state import TrainingState

HANDS = copy.deepcopy(TINY) | {
    "system": "hands",
    "labels": {"code": "c1", "attributes": {"c2": "slant", "c3": "width"}},
    "writer_pairs": {},
    "pretraining": None,
    "phases": [
        {
            "name": "discriminator",
            "trains": ["discriminator"],
            "learning_rate": 1e-3,
            "losses": [{"kind": "discriminator-logistic"}, {"kind": "discriminator-writer-pairs"}],
        },
        {
            "name": "generator",
            "trains": ["generator"],
            "learning_rate": 1e-3,
            "losses": [
                {"kind": "generator-writer-pairs"},
                {"kind": "information", "network": "encoder", "codes": ["style"]},
            ],
        },
        {
            "name": "encoder",
            "trains": ["encoder"],
            "learning_rate": 1e-3,
            "losses": [{"kind": "classification", "network": "encoder", "codes": ["c1", "c2", "c3"]}],
        },
    ],
}
HANDS["latent"]["variables"].insert(0, {"kind": "noise", "name": "style", "size": 4})
HANDS["networks"]["discriminator"] |= {"pair_features": 4}
HANDS["networks"]["encoder"] = {
    "kind": "strided",
    "codes": ["c1", "c2", "c3", "style"],
    "channels": [4, 8],
    "hidden": 8,
}
del HANDS["networks"]["q_head"]


@pytest.fixture
def run(strokes):
    writers = torch.arange(len(strokes)) // 20
    recipe = Recipe.model_validate(HANDS)
    return TrainingState(recipe, strokes.images, 0, torch.device("cpu"), strokes.labels, writers)


@pytest.fixture
def step(run, strokes):
    images = torch.randn(8, 1, 28, 28)
    codes = {"c1": F.one_hot(torch.arange(8), 10).float(), "c2": torch.zeros(8, 1), "c3": torch.ones(8, 1)}
    return Step(run.networks, run.recipe.latent, Batch(images, codes, paired=True), trains_generator=True)


def test_a_pair_of_latents_has_one_style_and_the_codes_of_its_images(step):
    slices = step.spec.slices
    style, z = step.latents[:, slices["style"]], step.latents[:, slices["z"]]
    assert torch.equal(style[::2], style[1::2])
    assert len(style.unique(dim=0)) == 4
    assert len(z.unique(dim=0)) == 8
    assert torch.equal(step.latents[:, slices["c3"]], torch.ones(8, 1))


def test_the_score_of_a_pair_does_not_depend_on_its_order():
    head, features = PairHead(6, 3), torch.randn(8, 6)
    swapped = features.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
    torch.testing.assert_close(head(features), head(swapped))
    assert head(features).shape == (4,)


def test_the_losses_are_logistic_in_the_scores_of_the_pairs(step):
    real, fake = step.real_output.features, step.fake_output.features
    mixed = real[[0, 7, 2, 1, 4, 3, 6, 5]]
    same, different, generated = (step.score_pairs(features) for features in (real, mixed, fake))
    expected = F.softplus(-same).mean() + (F.softplus(different).mean() + F.softplus(generated).mean()) / 2
    discriminator = DiscriminatorWriterPairs(kind="discriminator-writer-pairs")
    generator = GeneratorWriterPairs(kind="generator-writer-pairs")
    torch.testing.assert_close(discriminator(step), expected)
    torch.testing.assert_close(generator(step), F.softplus(-generated).mean())


def test_a_run_learns_to_tell_the_pairs_and_restarts_where_it_was(run, strokes):
    losses = [run.step()["discriminator/discriminator-writer-pairs"].item() for _ in range(4)]
    assert all(0 < loss < 3 for loss in losses)
    saved = copy.deepcopy(run.state_dict())
    expected = run.step()
    run.load_state_dict(saved)
    assert {name: value.item() for name, value in run.step().items()} == {k: v.item() for k, v in expected.items()}


def test_pairs_need_writers_and_attributes_need_all_labels(strokes):
    recipe = Recipe.model_validate(HANDS)
    with pytest.raises(RecipeError, match="does not tell labels and writers"):
        TrainingState(recipe, strokes.images, 0, torch.device("cpu"), strokes.labels)
    few = copy.deepcopy(HANDS)
    few["labels"]["count"] = 100
    with pytest.raises(ValueError, match="ranks within a label need the labels of all images"):
        Recipe.model_validate(few)
    wrong = copy.deepcopy(HANDS)
    wrong["labels"]["attributes"] = {"c1": "slant"}
    with pytest.raises(ValueError, match=r"\['c1'\]; the continuous codes are \['c2', 'c3'\]"):
        Recipe.model_validate(wrong)
