"""The state of a training run: networks, optimisers, moving average and step number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from latent.card import ImageShape, Lineage
from latent.spec import Continuous
from trainer.config.recipe import Recipe, RecipeError
from trainer.data.attributes import Attribute, measure_attributes, ranks_within_labels
from trainer.data.labelled_subset import LabelledSubset
from trainer.data.sampler import Batch, BatchSampler, to_float
from trainer.data.writer_pairs import WriterPairSampler
from trainer.networks.batchnorm_calibration import calibrate_batchnorm
from trainer.networks.factory import build_networks
from trainer.networks.generator import Generator
from trainer.networks.layers import to_device
from trainer.runtime import distributed
from trainer.training.ema import Ema
from trainer.training.learning_rate import linear_decay
from trainer.training.phase import Phase


class TrainingState:
    """Everything that changes during a run; `pretrain` and `step` change it.

    On the CPU, with the same number of threads and the same versions, two runs of the same recipe, images and seed are
    bit-for-bit equal, and so is one that is saved by `state_dict`, loaded by `load_state_dict` and continued. On a GPU
    they differ in the last bits, because its kernels add in an order that varies.

    `images` uint8 `(n, C, H, W)` are kept on the device. `labels` int64 `(n,)` are used only if the recipe has a
    `[labels]` table, `writers` int64 `(n,)` only if it has `[writer_pairs]`.

    Raises:
        RecipeError: the recipe does not fit the images, the labels or the number of processes.
    """

    def __init__(
        self,
        recipe: Recipe,
        images: Tensor,
        seed: int,
        device: torch.device,
        labels: Tensor | None = None,
        writers: Tensor | None = None,
    ) -> None:
        torch.manual_seed(seed)
        _, channels, height, width = images.shape
        self.recipe, self.seed, self.device = recipe, seed, device
        self.shape = ImageShape(channels=channels, height=height, width=width)
        self._images = images.to(device)
        try:
            self._batches = self._build_sampler(labels, writers)
            self.labels = self._build_labels(labels)
            self.networks = to_device(self._build_networks(), device)
        except ValueError as error:
            raise RecipeError(f"{recipe.system}: {error}") from None
        self.phases = [Phase(config, self.networks, recipe.latent) for config in recipe.phases]
        self.generator = cast(Generator, self.networks["generator"])
        self.ema = Ema(self.generator, recipe.ema_kimg)
        self.steps = 0
        self.lineage = Lineage()

    def _build_sampler(self, labels: Tensor | None, writers: Tensor | None) -> BatchSampler | WriterPairSampler:
        if self.recipe.batch % distributed.world_size():
            raise ValueError(
                f"batch: {self.recipe.batch} cannot be divided evenly between {distributed.world_size()} processes"
            )
        if self.recipe.writer_pairs is None:
            return BatchSampler(self._images, self.recipe.batch, self.seed)
        if labels is None or writers is None:
            raise ValueError("writer_pairs: the data set does not tell labels and writers")
        if self.recipe.batch // distributed.world_size() % 2:
            raise ValueError(f"batch: {self.recipe.batch} does not give every process whole pairs")
        return WriterPairSampler(labels, writers, self.recipe.batch, self.seed, self.recipe.writer_pairs)

    def _build_labels(self, labels: Tensor | None) -> LabelledSubset | None:
        config = self.recipe.labels
        if config is None:
            return None
        if labels is None:
            raise ValueError("the recipe reads labels, but there are none")
        size, labels = self.recipe.latent[config.code].width, labels.to(self.device)
        measure = partial(self._measure, config.attributes, labels)
        return LabelledSubset(self._images, labels, config.code, size, config.count, self.seed, measure)

    def _measure(self, attributes: Mapping[str, Attribute], labels: Tensor) -> dict[str, Tensor]:
        """The value of each of these continuous codes for each image, `(n,)`: its rank within the image's label."""
        if not attributes:
            return {}
        values = measure_attributes(self._images)
        measured = {}
        for code, attribute in attributes.items():
            variable = cast(Continuous, self.recipe.latent[code])
            measured[code] = ranks_within_labels(values[attribute], labels, variable.low, variable.high)
        return measured

    def _build_networks(self) -> nn.ModuleDict:
        config = self.recipe.networks
        return build_networks(
            config.generator, config.discriminator, config.q_head, config.encoder, self.recipe.latent, self.shape
        )

    @property
    def kimg(self) -> float:
        """Thousands of real images shown so far."""
        return self.steps * self.recipe.batch / 1000

    @property
    def done(self) -> bool:
        """Whether the run has reached the length that the recipe gives."""
        return self.kimg >= self.recipe.kimg

    def averaged_generator(self) -> Generator:
        """A copy of the moving average, in eval mode, with calibrated BatchNorm statistics."""
        return calibrate_batchnorm(self.ema.network, self.recipe.latent)

    def pretrain(self, log: Callable[[str], None]) -> None:
        """Run the recipe's pretraining, if it has one, before the first step; `log` gets lines about the progress."""
        if pretraining := self.recipe.pretraining:
            pretraining(self.networks, self.recipe.latent, self._images, self.labels, self.seed, log)

    def step(self) -> dict[str, Tensor]:
        """Run every phase that is due on one batch; returns each loss by name, as scalars on the device."""
        indices = distributed.shard(self._batches.indices(self.steps))
        images = to_float(self._images[indices])
        batch = self.labels.batch(images, indices) if self.labels else Batch(images)
        batch = replace(batch, paired=self.recipe.writer_pairs is not None)
        rate = linear_decay(self.kimg / self.recipe.kimg, self.recipe.decay_from)
        losses: dict[str, Tensor] = {}
        for phase in self.phases:
            if self.steps % phase.config.interval == 0:
                losses |= phase(batch, self.kimg, rate)
        self.ema.update(self.generator, self.kimg, self.recipe.batch / 1000)
        self.steps += 1
        return losses

    def synchronise(self) -> None:
        """Give every process the weights and buffers of the main process."""
        distributed.broadcast(self._tensors())

    def check_synchronised(self) -> None:
        """Compare the weights, buffers and optimisers' states of all processes.

        Raises:
            ProcessesDifferError: they differ.
        """
        distributed.check_equal(self._tensors())

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"networks.{name}": tensor for name, tensor in self.networks.state_dict().items()}
        tensors |= {f"ema.{name}": tensor for name, tensor in self.ema.network.state_dict().items()}
        for phase in self.phases:
            for number, state in phase.optimiser.state_dict()["state"].items():
                named = {f"optimisers.{phase.config.name}.{number}.{name}": value for name, value in state.items()}
                tensors |= {name: value for name, value in named.items() if isinstance(value, Tensor)}
        return tensors

    def state_dict(self) -> dict[str, Any]:
        """The whole state as tensors, numbers and strings, so that `torch.load(weights_only=True)` can read it."""
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
        """Restore a state that `state_dict` returned for the same recipe."""
        self.seed, self.steps = state["seed"], state["steps"]
        self.networks.load_state_dict(state["networks"])
        self.ema.network.load_state_dict(state["ema"])
        for phase in self.phases:
            phase.optimiser.load_state_dict(state["optimisers"][phase.config.name])
        torch.set_rng_state(state["random"])
        if state["random_cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(state["random_cuda"], self.device)
