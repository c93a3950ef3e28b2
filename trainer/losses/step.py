"""The input of a loss: the networks' outputs on one batch, each computed once and only when a loss asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import torch
from torch import Tensor, nn

from latent.spec import LatentSpec
from trainer.data.latent_sampling import sample_latents
from trainer.data.sampler import Batch
from trainer.networks.discriminator import Discriminator, DiscriminatorOutput
from trainer.networks.encoder import EncoderOutput
from trainer.networks.q_head import CodePrediction
from trainer.runtime.amp import autocast


class Step:
    """One training step of one phase on one batch.

    There are as many latents as real images. Generated images have a gradient only where `trains_generator` is true.
    The networks run under autocast; their outputs are float32.
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
        """Latents float32 `(n, dim)` from the prior, except codes that the labels of the real images give.

        Image i of the real and of the generated ones then have the same label, as losses on pairs require. In a batch
        of pairs by one writer, the two latents of a pair have the same style.
        """
        latents = sample_latents(self.spec, len(self.real), self.real.device)
        if self.batch.paired and self.spec.style:
            style = latents[:, self.spec.slices[self.spec.style.name]]
            style[1::2] = style[::2]
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
    def real_output(self) -> DiscriminatorOutput:
        """The discriminator's output for the real images."""
        return self.discriminate(self.real, self.real_condition)

    @cached_property
    def fake_output(self) -> DiscriminatorOutput:
        """The discriminator's output for the generated images."""
        return self.discriminate(self.fake, self.fake_condition)

    @property
    def real_condition(self) -> Tensor | None:
        """The code that the discriminator is conditioned on, from the labels of the real images: `(n, size)`."""
        code = self._condition
        return None if code is None else self.batch.codes[code]

    @property
    def fake_condition(self) -> Tensor | None:
        """The code that the discriminator is conditioned on, from the latents of the generated images: `(n, size)`."""
        code = self._condition
        return None if code is None else self.latents[:, self.spec.slices[code]]

    @property
    def _condition(self) -> str | None:
        return cast(Discriminator, self.networks["discriminator"]).condition

    def discriminate(self, images: Tensor, condition: Tensor | None = None) -> DiscriminatorOutput:
        """The discriminator's output for images float32 `(n, C, H, W)` with the code `condition` `(n, size)`."""
        with self._autocast():
            score, features = self.networks["discriminator"](images, condition)
        return DiscriminatorOutput(score.float(), features.float())

    def score_pairs(self, features: Tensor) -> Tensor:
        """The discriminator's scores `(n / 2,)` of pairs of images, by their features `(n, f)`: see `PairHead`."""
        with self._autocast():
            scores: Tensor = cast(nn.Module, self.networks["discriminator"].pair_head)(features)
        return scores.float()

    def predict_codes(self, features: Tensor) -> CodePrediction:
        """The Q head's prediction from the discriminator's features `(n, f)`."""
        with self._autocast():
            prediction: CodePrediction = self.networks["q_head"](features)
        return prediction

    def encode(self, images: Tensor) -> EncoderOutput:
        """The encoder's output for images float32 `(n, C, H, W)`."""
        with self._autocast():
            output: EncoderOutput = self.networks["encoder"](images)
        return output

    def _autocast(self) -> torch.autocast:
        # Only around the networks: losses sum small numbers, and bfloat16 has only eight bits of precision.
        return autocast(self.real.device)
