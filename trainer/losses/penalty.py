"""Penalties on the gradient of the discriminator's score with respect to images."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step
from trainer.runtime import distributed


class _Penalty(BaseLoss):
    """Computed on the fraction `batch_fraction` of the batch: a noisier estimate of the same mean, at lower cost.

    The penalty is on the gradient of each image's score with respect to that image alone. BatchNorm in the
    discriminator makes the score depend on the whole batch; a recipe cannot have both (Gulrajani et al. 2017, sec. 4).
    """

    needs_independent_scores: ClassVar[bool] = True

    batch_fraction: float = Field(0.25, gt=0, le=1)

    def gradient(self, step: Step, images: Tensor, condition: Tensor | None) -> Tensor:
        """The gradient of the score at the first `batch_fraction` of `images`, `(m, C, H, W)`; it is differentiable."""
        n = max(1, round(len(images) * self.batch_fraction))
        inputs = images[:n].detach().requires_grad_()
        score = step.discriminate(inputs, None if condition is None else condition[:n]).score
        (gradient,) = torch.autograd.grad(score.sum(), inputs, create_graph=True)
        return gradient


class R1(_Penalty):
    """Half the squared norm of the gradient at real images, mean over images (Mescheder et al. 2018, equation 9).

    `weight` is gamma.
    """

    kind: Literal["r1"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * self.gradient(step, step.real, step.real_condition).square().sum((1, 2, 3)).mean()


class R2(_Penalty):
    """The same at generated images (Mescheder et al. 2018, section 4.1)."""

    kind: Literal["r2"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * self.gradient(step, step.fake, step.fake_condition).square().sum((1, 2, 3)).mean()


class GradientPenalty(_Penalty):
    """(|gradient| - 1)^2 at random points between a real and a generated image (Gulrajani et al. 2017, equation 3)."""

    kind: Literal["gradient-penalty"]
    batch_fraction: float = Field(1.0, gt=0, le=1)

    def __call__(self, step: Step) -> Tensor:
        weight = distributed.rand(len(step.real), 1, 1, 1, device=step.real.device)
        interpolated = torch.lerp(step.real, step.fake.detach(), weight)
        norm: Tensor = torch.linalg.vector_norm(self.gradient(step, interpolated, step.real_condition), dim=(1, 2, 3))
        return (norm - 1).square().mean()
