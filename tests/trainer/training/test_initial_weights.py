import pytest
import torch

from tests.trainer.conftest import TINY
from trainer.config.recipe import Recipe
from trainer.training import checkpoint, initial_weights
from trainer.training.checkpoint import CheckpointError
from trainer.training.state import TrainingState


@pytest.fixture
def path(training, tmp_path):
    for _ in range(3):
        training.step()
    checkpoint.save(tmp_path / "checkpoint.pt", training)
    return tmp_path / "checkpoint.pt"


def other(strokes, **networks):
    recipe = Recipe.model_validate(TINY | {"networks": TINY["networks"] | networks})
    return TrainingState(recipe, strokes.images, 9, torch.device("cpu"))


def test_every_layer_that_fits_is_copied(training, path, strokes):
    fresh = other(strokes)
    initial, lines = initial_weights.load(path, fresh)
    assert lines == []
    assert fresh.steps == 0
    assert fresh.phases[0].optimiser.state_dict()["state"] == {}
    theirs = training.networks.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in fresh.networks.state_dict().items())
    assert (initial.system, initial.seed, initial.kimg) == ("tiny", 3, 0.096)
    assert initial.checkpoint_sha256 == initial_weights.sha256(path)
    assert fresh.lineage.initial_weights == initial
    averaged = fresh.ema.network.state_dict()
    assert all(torch.equal(tensor, averaged[name]) for name, tensor in fresh.generator.state_dict().items())


def test_a_layer_of_another_shape_or_name_starts_anew(path, strokes):
    wider = other(
        strokes,
        generator={"kind": "conv", "hidden": 20, "channels": [8, 4]},
        q_head=TINY["networks"]["q_head"] | {"hidden": 9},
        encoder=TINY["networks"]["encoder"] | {"channels": [5, 9, 9], "hidden": 17},
    )
    before = wider.networks["encoder"].state_dict()
    initial, lines = initial_weights.load(path, wider)
    assert initial.loaded == ("discriminator",)
    assert initial.partly_loaded == ("generator",)
    assert (
        "generator.layers.0: starts anew, its weight is (16, 18) in that run, (20, 18) here, "
        "its bias is (16,) in that run, (20,) here"
    ) in lines
    assert "encoder: starts anew, none of its layers has the same name and shape in that run" in lines
    assert "q_head: starts anew, none of its layers has the same name and shape in that run" in lines
    assert all(torch.equal(tensor, before[name]) for name, tensor in wider.networks["encoder"].state_dict().items())


def test_networks_that_only_one_run_has_are_named(path, strokes):
    recipe = Recipe.model_validate(
        TINY
        | {"networks": {role: TINY["networks"][role] for role in ("generator", "discriminator", "q_head")}}
        | {"pretraining": None, "phases": [TINY["phases"][0]]}
    )
    fewer = TrainingState(recipe, strokes.images, 9, torch.device("cpu"))
    _, lines = initial_weights.load(path, fewer)
    assert lines == ["encoder: not used, this run has no such network"]
    checkpoint.save(path, fewer)
    _, lines = initial_weights.load(path, other(strokes))
    assert lines == ["encoder: starts anew, that run has no such network"]


def test_weights_that_fit_nowhere_are_refused(path, strokes):
    content = torch.load(path, weights_only=True)
    content["training"]["networks"] = {"critic.weight": torch.zeros(3)}
    torch.save(content, path)
    with pytest.raises(CheckpointError, match=r"none of its weights fit:\n  generator: starts anew"):
        initial_weights.load(path, other(strokes))
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        initial_weights.sha256(path.with_name("none.pt"))
