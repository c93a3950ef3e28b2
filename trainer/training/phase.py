"""A phase: the networks it trains, their optimiser, the losses and the interval between its steps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer.config.recipe import PhaseConfig
from trainer.data.sampler import Batch
from trainer.losses.step import Step
from trainer.runtime import distributed


class DivergedError(RuntimeError):
    """A loss is not finite; the message names the phase and the loss."""


class Phase:
    """Trains the networks of a `PhaseConfig`; each call is one step of its optimiser."""

    def __init__(self, config: PhaseConfig, networks: nn.ModuleDict, spec: LatentSpec) -> None:
        self.config, self._networks, self._spec = config, networks, spec
        self._parameters = [p for role in config.trains for p in networks[role].parameters()]
        self.optimiser = self._build_optimiser()

    def _build_optimiser(self) -> torch.optim.Optimizer:
        rate = self.config.learning_rate
        if self.config.optimiser == "rmsprop":
            return torch.optim.RMSprop(self._parameters, rate)
        return torch.optim.Adam(self._parameters, rate, betas=self.config.betas, fused=True)

    def __call__(self, batch: Batch, kimg: float, rate: float) -> dict[str, Tensor]:
        """One step on `batch`, with `rate` times the phase's learning rate, after `kimg` thousand images.

        Returns each unweighted loss by name, as detached scalars on the device, because reading them waits for the
        device. It is empty while no loss of the phase has reached its `start_kimg`.
        """
        # No gradients for networks that this phase does not train: it halves the generator's backward pass.
        self._networks.requires_grad_(False)
        for parameter in self._parameters:
            parameter.requires_grad_(True)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * rate
        step = Step(self._networks, self._spec, batch, trains_generator="generator" in self.config.trains)
        losses = [loss for loss in self.config.losses if kimg >= loss.start_kimg]
        if not losses:
            return {}
        values = torch.stack([loss(step) for loss in losses])
        weights = torch.tensor([loss.weight for loss in losses], device=batch.images.device)
        self.optimiser.zero_grad(set_to_none=True)
        (weights * values).sum().backward()
        distributed.all_reduce_mean([*(parameter.grad for parameter in self._parameters), *self._networks.buffers()])
        self.optimiser.step()
        self._clip()
        names = (f"{self.config.name}/{loss.title}" for loss in losses)
        return dict(zip(names, values.detach(), strict=True))

    @torch.no_grad()
    def _clip(self) -> None:
        if bound := self.config.clip:
            for parameter in self._parameters:
                parameter.clamp_(-bound, bound)
