"""A run in memory: its networks, optimisers, average and place in the data; one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

from latent.card import ImageShape, Lineage
from trainer.config.recipe import Recipe, RecipeError
from trainer.data.labelled_subset import Labels
from trainer.data.sampler import Batch, Batches, to_float
from trainer.networks import factory
from trainer.networks.generator import Generator
from trainer.networks.layers import place
from trainer.training import distributed
from trainer.training.ema import Ema
from trainer.training.phase import Phase
from trainer.training.pretraining import best_encoder


class Training:
    """Everything that changes while a run goes on, and the one way it changes: `step`.

    Two runs of the same recipe, images, seed and device are the same to the last bit, and so is one that was saved
    with `state_dict`, loaded with `load_state_dict` and taken on from there. `images` uint8 `(n, C, H, W)`; they are
    kept on the device. `labels` int64 `(n,)` are for recipes that read them, and looked at by no other.
    """

    def __init__(
        self, recipe: Recipe, images: Tensor, seed: int, device: torch.device, labels: Tensor | None = None
    ) -> None:
        torch.manual_seed(seed)
        _, channels, height, width = images.shape
        self.recipe, self.seed, self.device = recipe, seed, device
        self.shape = ImageShape(channels=channels, height=height, width=width)
        if recipe.batch % distributed.world():
            raise RecipeError(f"batch: {recipe.batch} cannot be shared out evenly to {distributed.world()} processes")
        self._images = images.to(device)
        self._batches = Batches(self._images, recipe.batch, seed)
        self.labels = self._labels(labels)
        self.networks = place(factory.networks(recipe, self.shape), device)
        self.phases = [Phase(config, self.networks, recipe.latent) for config in recipe.phases]
        self.generator = cast(Generator, self.networks["generator"])
        self.ema = Ema(self.generator, recipe.ema_kimg)
        self.steps = 0
        self.lineage = Lineage()

    def _labels(self, labels: Tensor | None) -> Labels | None:
        config = self.recipe.labels
        if config is None:
            return None
        if labels is None:
            raise RecipeError(f"the recipe {self.recipe.system!r} reads labels")
        size = self.recipe.latent[config.code].width
        return Labels(self._images, labels.to(self.device), config.code, size, config.count, self.seed)

    @property
    def kimg(self) -> float:
        """Thousands of real images shown so far."""
        return self.steps * self.recipe.batch / 1000

    @property
    def done(self) -> bool:
        return self.kimg >= self.recipe.kimg

    def start(self, report: Callable[[int, float], None]) -> None:
        """Do what the recipe asks for before the first step; `report` gets each try's number and nats."""
        config, encoder, spec = self.recipe.start, self.recipe.networks.encoder, self.recipe.latent
        if config and encoder:
            best = best_encoder(
                config, lambda: encoder.build(spec, self.shape), spec, self._images, self.seed, report, self.labels
            )
            # Into the network the phases already hold, so that their optimisers go on pointing at it.
            self.networks["encoder"].load_state_dict(best.state_dict())

    def step(self) -> dict[str, Tensor]:
        """One batch through every phase that is due; each loss by name, scalars on the device."""
        rows = distributed.share(self._batches.rows(self.steps))
        images = to_float(self._images[rows])
        batch = self.labels.batch(images, rows) if self.labels else Batch(images)
        rate = self._rate()
        losses: dict[str, Tensor] = {}
        for phase in self.phases:
            if self.steps % phase.config.every == 0:
                losses |= phase(batch, self.kimg, rate)
        self.ema.update(self.generator, self.kimg, self.recipe.batch / 1000)
        self.steps += 1
        return losses

    def _rate(self) -> float:
        progress, start = self.kimg / self.recipe.kimg, self.recipe.decay_from
        return 1.0 if progress < start else (1.0 - progress) / (1.0 - start)

    def state_dict(self) -> dict[str, Any]:
        """The whole run as tensors, numbers and strings: what `torch.load(weights_only=True)` takes."""
        return {
            "seed": self.seed,
            "steps": self.steps,
            "networks": self.networks.state_dict(),
            "ema": self.ema.network.state_dict(),
            "optimisers": {phase.config.name: phase.optimiser.state_dict() for phase in self.phases},
            "random": torch.get_rng_state(),
            "random_cuda": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state of the same recipe."""
        self.seed, self.steps = state["seed"], state["steps"]
        self.networks.load_state_dict(state["networks"])
        self.ema.network.load_state_dict(state["ema"])
        for phase in self.phases:
            phase.optimiser.load_state_dict(state["optimisers"][phase.config.name])
        torch.set_rng_state(state["random"])
        if state["random_cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state["random_cuda"], self.device)
