"""The training loop: steps, and what is due between them. It knows phases; it knows no particular GAN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from trainer.export.generator import calibrated
from trainer.training import checkpoint, distributed, snapshots
from trainer.training.phase import DivergedError
from trainer.training.progress import Quiet
from trainer.training.state import Training

SHEETS = "sheets"


@dataclass(frozen=True)
class Intervals:
    """How often something is due, in thousands of images. None of it changes what is learnt."""

    tick: float = 6.4
    sheets: float = 60.0
    checkpoint: float = 60.0


def run(training: Training, folder: Path, watch: Quiet, intervals: Intervals) -> None:
    """Train to the end of the recipe, leaving sheets and checkpoints in `folder`.

    Raises:
        DivergedError: a loss is not finite; the last checkpoint stands, and is a good one.
    """
    sums: dict[str, list[Tensor]] = {}
    while not training.done:
        before = training.kimg
        for name, value in training.step().items():
            sums.setdefault(name, []).append(value)
        if _due(before, training, intervals.tick):
            watch.tick(training.kimg, _means(sums, training.kimg))
            sums.clear()
        if not distributed.first():
            continue
        if _due(before, training, intervals.checkpoint):
            # Nothing that is not finite is ever saved: a run must be able to go on from what it left.
            _means(sums, training.kimg)
            checkpoint.save(folder / checkpoint.FILE, training)
        if _due(before, training, intervals.sheets):
            draw_sheets(training, folder)
    if distributed.first():
        snapshots.animate(folder / SHEETS)


def draw_sheets(training: Training, folder: Path) -> None:
    """Draw the averaged generator's sheets, from latents that are always the same."""
    generator = calibrated(training.ema.network, training.recipe.latent)
    snapshots.write(folder / SHEETS, generator, training.recipe.latent, training.kimg, training.device)


def _due(before: float, training: Training, interval: float) -> bool:
    return training.done or math.floor(training.kimg / interval) > math.floor(before / interval)


def _means(sums: Mapping[str, list[Tensor]], kimg: float) -> dict[str, float]:
    means = {name: torch.stack(values).mean().item() for name, values in sums.items()}
    for name, value in means.items():
        if not math.isfinite(value):
            phase, _, loss = name.partition("/")
            raise DivergedError(f"at {kimg:.1f} kimg the loss {loss!r} of phase {phase!r} is {value}")
    return means
