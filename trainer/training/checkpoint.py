"""Checkpoints: a run's whole state with its recipe, written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer.config.recipe import Recipe
from trainer.storage.atomic import atomic_write
from trainer.training.state import TrainingState

FILE = "checkpoint.pt"
"""Its name in a run's folder."""


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be gone on from; the message says why."""


def save(path: Path, training: TrainingState) -> None:
    """Write the run's state to `path`; until the last byte is on disk, the previous checkpoint stands.

    Raises:
        CheckpointError: it cannot be written, for want of space say.
    """
    try:
        with atomic_write(path) as temporary:
            torch.save({"recipe": training.recipe.model_dump_json(), "training": training.state_dict()}, temporary)
    except (OSError, RuntimeError) as error:  # torch's writer turns the system's errors into RuntimeErrors
        raise CheckpointError(f"cannot write {path} at {training.kimg:.1f} kimg: {error}") from error


def recipe_of(path: Path) -> Recipe:
    """The recipe of the run a checkpoint holds.

    Raises:
        CheckpointError: not a checkpoint.
    """
    return Recipe.model_validate_json(_load(path)["recipe"])


def load(path: Path, images: Tensor, device: torch.device, labels: Tensor | None = None) -> TrainingState:
    """The run a checkpoint holds, as it stood; `images` and `labels` are those it was trained on, as `Training`'s.

    Raises:
        CheckpointError: not a checkpoint.
    """
    content = _load(path)
    recipe = Recipe.model_validate_json(content["recipe"])
    training = TrainingState(recipe, images, content["training"]["seed"], device, labels)
    training.load_state_dict(content["training"])
    return training


def restore(path: Path, training: TrainingState) -> None:
    """Take `training` to where the checkpoint stands.

    Raises:
        CheckpointError: not a checkpoint, or one of another recipe or seed; names each difference.
    """
    content = _load(path)
    saved = Recipe.model_validate_json(content["recipe"]).model_dump(mode="json")
    differences = _differences(saved, training.recipe.model_dump(mode="json"))
    if content["training"]["seed"] != training.seed:
        differences.append(f"seed: {content['training']['seed']} in the checkpoint, {training.seed} now")
    if differences:
        raise CheckpointError("\n".join([f"{path} is of another run:", *(f"  {line}" for line in differences)]))
    training.load_state_dict(content["training"])


def _load(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at {path}") from None
    except Exception as error:  # torch raises whatever its zip and pickle readers do
        raise CheckpointError(f"{path} is not a checkpoint: {error}") from error
    return content


def _differences(saved: Any, now: Any, path: str = "") -> list[str]:
    """Where two JSON values differ, as `path: old in the checkpoint, new now`."""
    if isinstance(saved, dict) and isinstance(now, dict):
        keys = sorted(saved.keys() | now.keys())
        return [
            line for key in keys for line in _differences(saved.get(key), now.get(key), f"{path}.{key}".lstrip("."))
        ]
    if isinstance(saved, list) and isinstance(now, list) and len(saved) == len(now):
        pairs = enumerate(zip(saved, now, strict=True))
        return [line for i, (old, new) in pairs for line in _differences(old, new, f"{path}[{i}]")]
    return [] if saved == now else [f"{path}: {saved!r} in the checkpoint, {now!r} now"]
