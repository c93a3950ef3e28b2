"""Least squares (Mao et al. 2017): scores are pulled to 1 for real and 0 for generated images."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class DiscriminatorLeastSquares(BaseLoss):
    """((D(x) - 1)^2 + D(G(z))^2) / 2: equation 9."""

    kind: Literal["discriminator-least-squares"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * ((step.on_real.score - 1).square().mean() + step.on_fake.score.square().mean())


class GeneratorLeastSquares(BaseLoss):
    """(D(G(z)) - 1)^2 / 2."""

    kind: Literal["generator-least-squares"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * (step.on_fake.score - 1).square().mean()
