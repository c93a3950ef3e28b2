"""What a loss sees: one phase's view of one batch, each network's answer computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer import prior
from trainer.networks.codes import Reading
from trainer.networks.discriminator import Verdict
from trainer.networks.encoder import Encoding
from trainer.precision import autocast


class Step:
    """One batch for one phase.

    `real` images float32 `(n, C, H, W)` in [-1, 1]; as many latents are drawn for it. Generated images carry a
    gradient only where the phase trains the generator.
    """

    def __init__(self, networks: nn.ModuleDict, spec: LatentSpec, real: Tensor, *, trains_generator: bool) -> None:
        self.networks, self.spec, self.real = networks, spec, real
        self._trains_generator = trains_generator

    @cached_property
    def latents(self) -> Tensor:
        """Float32 `(n, dim)` from the prior."""
        return prior.draw(self.spec, len(self.real), self.real.device)

    @cached_property
    def fake(self) -> Tensor:
        """Generated images, float32 `(n, C, H, W)` in [-1, 1]."""
        with torch.set_grad_enabled(self._trains_generator and torch.is_grad_enabled()), self._autocast():
            images: Tensor = self.networks["generator"](self.latents)
        return images.float()

    @cached_property
    def on_real(self) -> Verdict:
        return self.judge(self.real)

    @cached_property
    def on_fake(self) -> Verdict:
        return self.judge(self.fake)

    def judge(self, images: Tensor) -> Verdict:
        """The discriminator's verdict on images."""
        with self._autocast():
            score, features = self.networks["discriminator"](images)
        return Verdict(score.float(), features.float())

    def read_codes(self, features: Tensor) -> Reading:
        """The code head's reading of the discriminator's features."""
        with self._autocast():
            reading: Reading = self.networks["code_head"](features)
        return reading

    def encode(self, images: Tensor) -> Encoding:
        """The encoder's reading of images."""
        with self._autocast():
            encoding: Encoding = self.networks["encoder"](images)
        return encoding

    def _autocast(self) -> torch.autocast:
        # Around the networks only: losses add up small numbers, and bfloat16 keeps eight bits of them.
        return autocast(self.real.device)
