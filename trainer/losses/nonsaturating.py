"""The original GAN objective in the form that trains (Goodfellow et al. 2014, section 3)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class DiscriminatorLogistic(BaseLoss):
    """-log D(x) - log(1 - D(G(z))), with D the sigmoid of the score."""

    kind: Literal["discriminator-logistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(-step.on_real.score).mean() + F.softplus(step.on_fake.score).mean()


class GeneratorNonSaturating(BaseLoss):
    """-log D(G(z)): the same fixed point as log(1 - D(G(z))), with a gradient while D still wins."""

    kind: Literal["generator-nonsaturating"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(-step.on_fake.score).mean()
