import json

import pytest
import torch

from latent.card import Extension, Lineage
from trainer.config.recipe import RecipeError
from trainer.training import checkpoint
from trainer.training.checkpoint import CheckpointError
from trainer.training.lineage import code_version
from trainer.training.state import TrainingState


@pytest.mark.parametrize("stop", [1, 13])
def test_a_resumed_run_ends_with_the_same_bits(recipe, strokes, tmp_path, stop):
    def fresh():
        return TrainingState(recipe, strokes.images, seed=3, device=torch.device("cpu"))

    whole, path = fresh(), tmp_path / "checkpoint.pt"
    while not whole.done:
        whole.step()
        if whole.steps == stop:
            checkpoint.save(path, whole)
    torch.manual_seed(999)  # whatever happened in between
    resumed = fresh()
    checkpoint.restore(path, resumed)
    assert resumed.steps == stop
    while not resumed.done:
        resumed.step()
    for one, other in ((whole.networks, resumed.networks), (whole.ema.network, resumed.ema.network)):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name


def test_a_changed_recipe_is_refused_with_the_difference(recipe, strokes, training, tmp_path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, training)
    phases = list(recipe.phases)
    phases[1] = phases[1].model_copy(update={"learning_rate": 5e-4})
    changed = recipe.model_copy(update={"batch": 64, "phases": tuple(phases)})
    with pytest.raises(CheckpointError) as caught:
        checkpoint.restore(path, TrainingState(changed, strokes.images, 4, torch.device("cpu")))
    assert str(caught.value).splitlines()[1:] == [
        "  batch: 32 in the checkpoint, 64 now",
        "  phases.1.learning_rate: 0.001 in the checkpoint, 0.0005 now",
        "  seed: 3 in the checkpoint, 4 now",
        "  (--resume may change kimg and decay_from only; --init-from starts a new run from its weights)",
    ]


def test_load_rebuilds_the_run_from_the_file_alone(strokes, training, tmp_path):
    training.step()
    checkpoint.save(tmp_path / "checkpoint.pt", training)
    loaded = checkpoint.load(tmp_path / "checkpoint.pt", strokes.images, torch.device("cpu"))
    assert (loaded.recipe, loaded.seed, loaded.steps) == (training.recipe, 3, 1)
    assert checkpoint.recipe_of(tmp_path / "checkpoint.pt") == training.recipe


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", json.dumps({}).encode()])
def test_what_is_no_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint"):
        checkpoint.recipe_of(tmp_path / "checkpoint.pt")


def test_what_is_a_checkpoint_of_something_else_is_refused(tmp_path):
    torch.save({"recipe": "{}", "training": {}}, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="is not a checkpoint of this version"):
        checkpoint.recipe_of(tmp_path / "checkpoint.pt")


def test_a_recipe_that_this_version_cannot_read_is_named(training, tmp_path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, training)
    content = torch.load(path, weights_only=True)
    torch.save(content | {"recipe": content["recipe"].replace('"kimg":0.64', '"length":0.64')}, path)
    with pytest.raises(RecipeError, match=r"checkpoint\.pt:\n  kimg: Field required\n  length: unknown key"):
        checkpoint.recipe_of(path)


def test_an_extension_is_kept_in_the_lineage(recipe, strokes, training, tmp_path):
    path = tmp_path / "checkpoint.pt"
    training.lineage = Lineage(data_sha256="0" * 64, code_versions=("0.0.1",))
    for _ in range(3):
        training.step()
    checkpoint.save(path, training)
    longer = TrainingState(recipe.model_copy(update={"kimg": 2.0}), strokes.images, 3, torch.device("cpu"))
    extension = checkpoint.restore(path, longer)
    assert extension == Extension(at_kimg=0.096, previous={"kimg": 0.64})
    assert longer.lineage == Lineage(
        data_sha256="0" * 64, code_versions=("0.0.1", code_version()), extensions=(extension,)
    )
    checkpoint.save(path, longer)
    assert checkpoint.load(path, strokes.images, torch.device("cpu")).lineage == longer.lineage
    assert checkpoint.restore(path, longer) is None
    assert len(longer.lineage.code_versions) == 2


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*gone\.pt"):
        checkpoint.recipe_of(tmp_path / "gone.pt")


def test_a_save_that_fails_leaves_the_last_checkpoint(training, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, training)
    before = path.read_bytes()
    training.step()

    def full_disk(_content, target):
        target.write_bytes(b"half a check")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(CheckpointError, match=r"cannot write .*checkpoint.pt at 0.0 kimg: .*No space left"):
        checkpoint.save(path, training)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
