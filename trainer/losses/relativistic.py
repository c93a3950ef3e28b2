"""The relativistic pairing loss (Jolicoeur-Martineau 2019; Huang et al. 2024, equation 2).

The score of each generated image is compared with that of a real one; the loss landscape then has no local minima of
mode collapse. Where the run reads labels, both images of a pair have the same label.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step


class DiscriminatorRelativistic(BaseLoss):
    """softplus(D(G(z)) - D(x)), mean over pairs."""

    kind: Literal["discriminator-relativistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(step.fake_output.score - step.real_output.score).mean()


class GeneratorRelativistic(BaseLoss):
    """softplus(D(x) - D(G(z))), mean over pairs."""

    kind: Literal["generator-relativistic"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(step.real_output.score.detach() - step.fake_output.score).mean()
