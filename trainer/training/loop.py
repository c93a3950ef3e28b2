"""The training loop: steps, and the ticks, checkpoints and snapshots between them. It names no particular GAN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from trainer.runtime import distributed
from trainer.training import checkpoint, snapshots
from trainer.training.phase import DivergedError
from trainer.training.progress import NullLogger
from trainer.training.state import TrainingState

SNAPSHOTS = "snapshots"
"""The folder of the snapshots in a run's folder."""


@dataclass(frozen=True)
class Intervals:
    """Intervals in thousands of images; they do not change what is learnt."""

    tick: float = 6.4
    snapshots: float = 60.0
    checkpoint: float = 60.0


def run(state: TrainingState, folder: Path, logger: NullLogger, intervals: Intervals) -> None:
    """Train to the end of the recipe and write snapshots and checkpoints to `folder`.

    With several processes, all start from the weights of the main process, and before each checkpoint they are checked
    to be still equal.

    Raises:
        DivergedError: a loss is not finite; the last checkpoint, whose losses are finite, is kept.
        ProcessesDifferError: the weights of the processes differ.
    """
    state.synchronise()
    values: dict[str, list[Tensor]] = {}
    while not state.done:
        before = state.kimg
        for name, value in state.step().items():
            values.setdefault(name, []).append(value)
        if _due(before, state, intervals.tick):
            logger.tick(state.kimg, _means(values, state.kimg))
            values.clear()
        if _due(before, state, intervals.checkpoint):
            state.check_synchronised()
        if not distributed.is_main_process():
            continue
        if _due(before, state, intervals.checkpoint):
            # Raises if a loss is not finite: a checkpoint must be one that the run can continue from.
            _means(values, state.kimg)
            checkpoint.save(folder / checkpoint.FILE, state)
        if _due(before, state, intervals.snapshots):
            write_snapshots(state, folder)
    if distributed.is_main_process():
        snapshots.animate(folder / SNAPSHOTS)


def write_snapshots(state: TrainingState, folder: Path) -> None:
    """Write snapshots of the averaged generator to the run's `folder`; the latents are always the same."""
    generator = state.averaged_generator()
    snapshots.write(folder / SNAPSHOTS, generator, state.recipe.latent, state.kimg)


def _due(before: float, state: TrainingState, interval: float) -> bool:
    """Whether a multiple of `interval` lies between the kimg `before` the step and now, or the run is done."""
    return state.done or math.floor(state.kimg / interval) > math.floor(before / interval)


def _means(values: Mapping[str, list[Tensor]], kimg: float) -> dict[str, float]:
    means = {name: torch.stack(scalars).mean().item() for name, scalars in values.items()}
    for name, mean in means.items():
        if not math.isfinite(mean):
            phase, _, loss = name.partition("/")
            raise DivergedError(f"at {kimg:.1f} kimg the loss {loss!r} of phase {phase!r} is {mean}")
    return means
