"""Penalties on the discriminator's gradient."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.step import Step


class R1(BaseLoss):
    """Half the squared norm of the score's gradient at real images, mean over images (Mescheder et al. 2018, eq. 9).

    `weight` is gamma. The gradient of a gradient is dear, so it is taken at a `share` of the batch: the same mean,
    a noisier estimate.
    """

    kind: Literal["r1"]
    share: float = Field(0.25, gt=0, le=1)

    def __call__(self, step: Step) -> Tensor:
        real = step.real[: max(1, round(len(step.real) * self.share))].detach().requires_grad_()
        (gradient,) = torch.autograd.grad(step.judge(real).score.sum(), real, create_graph=True)
        return 0.5 * gradient.square().sum((1, 2, 3)).mean()
