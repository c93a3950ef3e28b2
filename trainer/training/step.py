"""What a loss sees: one phase's view of one batch, each network's answer computed once and only when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import torch
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer.data.sampler import Batch
from trainer.networks.discriminator import Discriminator, Verdict
from trainer.networks.encoder import Encoding
from trainer.networks.q_head import Reading
from trainer.training import latent_sampling
from trainer.training.amp import autocast


class Step:
    """One batch for one phase.

    As many latents are drawn as there are real images. Generated images carry a gradient only where the phase trains
    the generator.
    """

    def __init__(self, networks: nn.ModuleDict, spec: LatentSpec, batch: Batch, *, trains_generator: bool) -> None:
        self.networks, self.spec, self.batch = networks, spec, batch
        self._trains_generator = trains_generator

    @property
    def real(self) -> Tensor:
        """Real images, float32 `(n, C, H, W)` in [-1, 1]."""
        return self.batch.images

    @cached_property
    def latents(self) -> Tensor:
        """Float32 `(n, dim)` from the prior, but for the codes that the real images' labels tell.

        Generated and real images then come in pairs of one label, which the losses that compare them need.
        """
        latents = latent_sampling.draw(self.spec, len(self.real), self.real.device)
        for code, values in self.batch.codes.items():
            latents[:, self.spec.slices[code]] = values
        return latents

    @cached_property
    def fake(self) -> Tensor:
        """Generated images, float32 `(n, C, H, W)` in [-1, 1]."""
        with torch.set_grad_enabled(self._trains_generator and torch.is_grad_enabled()), self._autocast():
            images: Tensor = self.networks["generator"](self.latents)
        return images.float()

    @cached_property
    def on_real(self) -> Verdict:
        return self.judge(self.real, self.condition_of_real)

    @cached_property
    def on_fake(self) -> Verdict:
        return self.judge(self.fake, self.condition_of_fake)

    @property
    def condition_of_real(self) -> Tensor | None:
        """The code the discriminator is conditioned on, as the real images' labels tell it."""
        code = self._condition
        return None if code is None else self.batch.codes[code]

    @property
    def condition_of_fake(self) -> Tensor | None:
        """The same code as the generated images were asked for it."""
        code = self._condition
        return None if code is None else self.latents[:, self.spec.slices[code]]

    @property
    def _condition(self) -> str | None:
        return cast(Discriminator, self.networks["discriminator"]).condition

    def judge(self, images: Tensor, condition: Tensor | None = None) -> Verdict:
        """The discriminator's verdict on images float32 `(n, C, H, W)` of the code `condition` `(n, size)`."""
        with self._autocast():
            score, features = self.networks["discriminator"](images, condition)
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
