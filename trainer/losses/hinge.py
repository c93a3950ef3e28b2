"""The hinge loss (Lim and Ye 2017; Miyato et al. 2018): scores beyond the margin have no gradient."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step


class DiscriminatorHinge(BaseLoss):
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))); the generator's loss is `generator-wasserstein`."""

    kind: Literal["discriminator-hinge"]

    def __call__(self, step: Step) -> Tensor:
        return F.relu(1 - step.real_output.score).mean() + F.relu(1 + step.fake_output.score).mean()
