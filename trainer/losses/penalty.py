"""Penalties on the discriminator's gradient."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class _Penalty(BaseLoss):
    """Taken at a `share` of the batch, since the gradient of a gradient is dear: the same mean, a noisier estimate."""

    share: float = Field(0.25, gt=0, le=1)

    def gradient(self, step: Step, images: Tensor, condition: Tensor | None) -> Tensor:
        """The score's gradient at the first `share` of `images`, float32 `(m, C, H, W)`, itself differentiable."""
        n = max(1, round(len(images) * self.share))
        at = images[:n].detach().requires_grad_()
        score = step.judge(at, None if condition is None else condition[:n]).score
        (gradient,) = torch.autograd.grad(score.sum(), at, create_graph=True)
        return gradient


class R1(_Penalty):
    """Half the squared norm of the score's gradient at real images, mean over images (Mescheder et al. 2018, eq. 9).

    `weight` is gamma.
    """

    kind: Literal["r1"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * self.gradient(step, step.real, step.condition_of_real).square().sum((1, 2, 3)).mean()


class R2(_Penalty):
    """The same at generated images: Mescheder et al. 2018, section 4.1."""

    kind: Literal["r2"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * self.gradient(step, step.fake, step.condition_of_fake).square().sum((1, 2, 3)).mean()


class GradientPenalty(_Penalty):
    """(|gradient| - 1)^2 between a real and a generated image, the norm per image (Gulrajani et al. 2017, eq. 3)."""

    kind: Literal["gradient-penalty"]
    share: float = Field(1.0, gt=0, le=1)

    def __call__(self, step: Step) -> Tensor:
        share = torch.rand(len(step.real), 1, 1, 1, device=step.real.device)
        between = torch.lerp(step.real, step.fake.detach(), share)
        norm: Tensor = torch.linalg.vector_norm(self.gradient(step, between, step.condition_of_real), dim=(1, 2, 3))
        return (norm - 1).square().mean()
