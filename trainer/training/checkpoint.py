"""Checkpoints: the whole state of a run with its recipe, written completely or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latent.card import Extension, Lineage
from trainer.config import recipe as recipes
from trainer.config.recipe import Recipe
from trainer.storage.atomic import atomic_write
from trainer.training import lineage
from trainer.training.state import TrainingState

FILE = "checkpoint.pt"
"""Its name in a run's folder."""

CHANGEABLE = ("kimg", "decay_from")
"""The recipe's keys that may change when a run is resumed: its length, and when its learning rates begin to fall."""


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be read, written or resumed from; the message says why."""


def save(path: Path, training: TrainingState) -> None:
    """Write the state of the run to `path`; the previous checkpoint stays there until the new one is on disk.

    Raises:
        CheckpointError: it cannot be written, for example because the disk is full.
    """
    content = {
        "recipe": training.recipe.model_dump_json(),
        "lineage": training.lineage.model_dump_json(),
        "training": training.state_dict(),
    }
    try:
        with atomic_write(path) as temporary:
            torch.save(content, temporary)
    except (OSError, RuntimeError) as error:  # torch's writer turns the system's errors into RuntimeErrors
        raise CheckpointError(f"cannot write {path} at {training.kimg:.1f} kimg: {error}") from error


def read(path: Path) -> dict[str, Any]:
    """The content of a checkpoint on the CPU: `recipe` and `lineage` as JSON, `training` as `TrainingState.state_dict`.

    Raises:
        CheckpointError: not a checkpoint.
    """
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at {path}") from None
    except Exception as error:  # torch raises all that its zip and pickle readers do
        raise CheckpointError(f"{path} is not a checkpoint: {error}") from error
    if not (isinstance(content, dict) and {"recipe", "lineage", "training"} <= content.keys()):
        raise CheckpointError(f"{path} is not a checkpoint of this version")
    return content


def recipe_of(path: Path) -> Recipe:
    """The recipe of the run a checkpoint holds.

    Raises:
        CheckpointError: not a checkpoint.
        RecipeError: its recipe is not one of this version, or names a class that cannot be imported.
    """
    return _recipe(path, read(path))


def seed_of(path: Path) -> int:
    """The seed of the run a checkpoint holds.

    Raises:
        CheckpointError: not a checkpoint.
    """
    seed: int = read(path)["training"]["seed"]
    return seed


def load(
    path: Path,
    images: Tensor,
    device: torch.device,
    labels: Tensor | None = None,
    writers: Tensor | None = None,
) -> TrainingState:
    """The run a checkpoint holds, as it was saved; the tensors are its data, as `TrainingState` takes them.

    Raises:
        CheckpointError: not a checkpoint.
        RecipeError: as `recipe_of`.
    """
    content = read(path)
    training = TrainingState(_recipe(path, content), images, content["training"]["seed"], device, labels, writers)
    training.load_state_dict(content["training"])
    training.lineage = Lineage.model_validate_json(content["lineage"])
    return training


def check_resumable(path: Path, recipe: Recipe, seed: int, data_sha256: str | None = None) -> None:
    """Compare the run in a checkpoint with the one asked for; without `data_sha256` the data are not compared.

    Raises:
        CheckpointError: not a checkpoint, or one of another recipe, seed or data set; names each difference. Only
            `CHANGEABLE` keys may differ, and the length only to what the run has not passed.
        RecipeError: as `recipe_of`.
    """
    _check(path, read(path), recipe, seed, data_sha256)


def restore(path: Path, training: TrainingState) -> Extension | None:
    """Take `training` to the state in the checkpoint; returns the change of its length, if any.

    Raises:
        CheckpointError, RecipeError: as `check_resumable`.
    """
    content = read(path)
    saved = _check(path, content, training.recipe, training.seed, training.lineage.data_sha256)
    training.load_state_dict(content["training"])
    previous = {key: getattr(saved, key) for key in CHANGEABLE if getattr(saved, key) != getattr(training.recipe, key)}
    extension = Extension(at_kimg=training.kimg, previous=previous) if previous else None
    training.lineage = lineage.resume(Lineage.model_validate_json(content["lineage"]), extension)
    return extension


def _recipe(path: Path, content: dict[str, Any]) -> Recipe:
    return recipes.parse(json.loads(content["recipe"]), str(path))


def _check(path: Path, content: dict[str, Any], recipe: Recipe, seed: int, data_sha256: str | None) -> Recipe:
    saved, state = _recipe(path, content), content["training"]
    old, new = (r.model_dump(mode="json", exclude=set(CHANGEABLE)) for r in (saved, recipe))
    differences = _differences(old, new)
    if state["seed"] != seed:
        differences.append(_difference("seed", state["seed"], seed))
    saved_sha256 = Lineage.model_validate_json(content["lineage"]).data_sha256
    if data_sha256 and saved_sha256 and data_sha256 != saved_sha256:
        differences.append(_difference("sha256 of the data", saved_sha256, data_sha256))
    if differences:
        allowed = f"--resume may change {' and '.join(CHANGEABLE)} only; --init-from starts a new run from its weights"
        lines = [f"{path} is of another run:", *(f"  {line}" for line in differences), f"  ({allowed})"]
        raise CheckpointError("\n".join(lines))
    seen = state["steps"] * saved.batch / 1000
    if recipe.kimg != saved.kimg and recipe.kimg < seen:
        raise CheckpointError(f"kimg: {recipe.kimg:g} is less than the {seen:g} that {path} has seen")
    return saved


def _differences(saved: Any, now: Any, path: str = "") -> list[str]:
    """Where two JSON values differ, a line each."""
    if isinstance(saved, dict) and isinstance(now, dict):
        keys = sorted(saved.keys() | now.keys())
        return [
            line for key in keys for line in _differences(saved.get(key), now.get(key), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        pairs = enumerate(zip(saved, now, strict=True))
        return [line for i, (old, new) in pairs for line in _differences(old, new, f"{path}.{i}")]
    return [] if saved == now else [_difference(path, saved, now)]


def _difference(name: str, saved: object, now: object) -> str:
    return f"{name}: {saved!r} in the checkpoint, {now!r} now"
