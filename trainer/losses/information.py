"""The information a generated image carries about its codes: InfoGAN's variational lower bound."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from latent.spec import Categorical, LatentSpec
from trainer.data.affine import Affine
from trainer.losses.base import BaseLoss
from trainer.networks.q_head import Reading, gaussian
from trainer.training.step import Step


class Information(BaseLoss):
    """-E log Q(c | G(z, c)): minus the mutual information's lower bound, less the codes' constant entropy.

    Chen et al. 2016, equation 5: categorical cross-entropy, and for continuous codes a Gaussian whose mean and
    variance Q predicts. `reader` is Q: a head on the discriminator's trunk, or an encoder of its own.
    `into_trunk = false` keeps the gradient out of the discriminator's trunk. `augment` changes the images first, so
    that the codes must show in what survives the change (the encoder only).
    """

    kind: Literal["information"]
    reader: Literal["code_head", "encoder"]
    codes: tuple[str, ...]
    into_trunk: bool = True
    augment: Affine | None = None

    @property
    def title(self) -> str:
        return f"information-{'-'.join(self.codes)}{'-augmented' if self.augment else ''}"

    def __call__(self, step: Step) -> Tensor:
        if self.reader == "code_head":
            features = step.on_fake.features
            reading = step.read_codes(features if self.into_trunk else features.detach())
        else:
            reading = step.encode(self.augment(step.fake) if self.augment else step.fake).codes
        return torch.stack([negative_log_likelihood(reading, step.spec, step.latents, c) for c in self.codes]).sum()


def negative_log_likelihood(reading: Reading, spec: LatentSpec, latents: Tensor, code: str) -> Tensor:
    """-log Q(code | image), mean over the batch, in nats."""
    target = latents[:, spec.slices[code]]
    if isinstance(spec[code], Categorical):
        return F.cross_entropy(reading[code], target)
    mean, log_variance = gaussian(reading[code])
    squared = (target - mean).square() * (-log_variance).exp()
    return 0.5 * (math.log(2 * math.pi) + log_variance + squared).mean()
