"""A new run from the weights of another: networks matched by role, layers by name and shape."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from torch import Tensor, nn

from latent.card import InitialWeights
from trainer.training import checkpoint
from trainer.training.checkpoint import CheckpointError
from trainer.training.state import TrainingState


def load(path: Path, training: TrainingState) -> tuple[InitialWeights, list[str]]:
    """Copy the weights in the checkpoint at `path` into `training` before its first step, and note that in its lineage.

    A layer is copied where the other run has one of the same role and name, with tensors of the same shapes; all others
    keep their fresh values. The optimisers and the step count stay new, and the moving average begins from the new
    generator. Returns what was copied, and a line for every network or layer that was not copied, or not used.

    Raises:
        CheckpointError: not a checkpoint, or nothing in it fits.
    """
    content = checkpoint.read(path)
    theirs: dict[str, dict[str, Tensor]] = {}
    for name, tensor in content["training"]["networks"].items():
        role, _, rest = name.partition(".")
        theirs.setdefault(role, {})[rest] = tensor
    loaded, partly_loaded, lines = [], [], []
    for role, network in training.networks.items():
        fitting, problems = _match(role, network, theirs.get(role, {}))
        network.load_state_dict(fitting, strict=False)
        lines += problems
        if len(fitting) == len(network.state_dict()):
            loaded.append(role)
        elif fitting:
            partly_loaded.append(role)
    lines += [f"{role}: not used, this run has no such network" for role in theirs if role not in training.networks]
    if not loaded and not partly_loaded:
        raise CheckpointError("\n".join([f"{path}: none of its weights fit:", *(f"  {line}" for line in lines)]))
    training.ema.network.load_state_dict(training.generator.state_dict())
    recipe, state = json.loads(content["recipe"]), content["training"]
    initial = InitialWeights(
        system=recipe["system"],
        seed=state["seed"],
        kimg=state["steps"] * recipe["batch"] / 1000,
        checkpoint_sha256=sha256(path),
        loaded=tuple(loaded),
        partly_loaded=tuple(partly_loaded),
    )
    training.lineage = training.lineage.model_copy(update={"initial_weights": initial})
    return initial, lines


def sha256(path: Path) -> str:
    """Digest of the checkpoint at `path`, hexadecimal.

    Raises:
        CheckpointError: there is no such file.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise CheckpointError(f"no checkpoint at {path}") from None


def _match(role: str, network: nn.Module, theirs: dict[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
    """The tensors of `theirs` that fit `network`, and a line for every layer that has others."""
    if not theirs:
        return {}, [f"{role}: starts anew, that run has no such network"]
    layers: dict[str, dict[str, Tensor]] = {}
    for name, tensor in network.state_dict().items():
        layers.setdefault(name.rpartition(".")[0], {})[name] = tensor
    fitting: dict[str, Tensor] = {}
    lines = []
    for layer, ours in layers.items():
        # A layer is copied as a whole: a bias means nothing without its weight.
        if problems := _problems(ours, theirs):
            lines.append(f"{role}.{layer}: starts anew, {', '.join(problems)}")
        else:
            fitting |= {name: theirs[name] for name in ours}
    if not fitting.keys() & {name for name, _ in network.named_parameters()}:  # at most counters fit
        return {}, [f"{role}: starts anew, none of its layers has the same name and shape in that run"]
    unused = {name.rpartition(".")[0] for name in theirs} - layers.keys()
    return fitting, lines + [f"{role}.{layer}: not used, this run has no such layer" for layer in sorted(unused)]


def _problems(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> list[str]:
    """Why the tensors of a layer cannot take those of the same names in `theirs`."""
    problems = []
    for name, tensor in ours.items():
        if name not in theirs:
            problems.append(f"that run has no {name.rpartition('.')[2]}")
        elif theirs[name].shape != tensor.shape:
            shapes = f"{tuple(theirs[name].shape)} in that run, {tuple(tensor.shape)} here"
            problems.append(f"its {name.rpartition('.')[2]} is {shapes}")
    return problems
