"""The relativistic pairing loss (Jolicoeur-Martineau 2019; Huang et al. 2024, equation 2).

Each generated image is judged beside a real one, so that no mode of the data can be left below all others. Where the
run reads labels, both show the same one.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class DiscriminatorRelativistic(BaseLoss):
    """softplus(D(G(z)) - D(x)), pair by pair."""

    kind: Literal["discriminator-relativistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(step.on_fake.score - step.on_real.score).mean()


class GeneratorRelativistic(BaseLoss):
    """softplus(D(x) - D(G(z))), pair by pair."""

    kind: Literal["generator-relativistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(step.on_real.score.detach() - step.on_fake.score).mean()
