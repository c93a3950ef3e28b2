"""The original GAN objective with the non-saturating generator loss (Goodfellow et al. 2014, section 3)."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step


class DiscriminatorLogistic(BaseLoss):
    """-log D(x) - log(1 - D(G(z))), with D the sigmoid of the score."""

    kind: Literal["discriminator-logistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(-step.real_output.score).mean() + F.softplus(step.fake_output.score).mean()


class GeneratorNonSaturating(BaseLoss):
    """-log D(G(z)): the same fixed point as log(1 - D(G(z))), but its gradient does not vanish while D is accurate."""

    kind: Literal["generator-nonsaturating"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(-step.fake_output.score).mean()
