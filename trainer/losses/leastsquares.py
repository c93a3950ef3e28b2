"""Least squares (Mao et al. 2017): the target scores are 1 for real and 0 for generated images."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step


class DiscriminatorLeastSquares(BaseLoss):
    """((D(x) - 1)^2 + D(G(z))^2) / 2: equation 9."""

    kind: Literal["discriminator-least-squares"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * ((step.real_output.score - 1).square().mean() + step.fake_output.score.square().mean())


class GeneratorLeastSquares(BaseLoss):
    """(D(G(z)) - 1)^2 / 2."""

    kind: Literal["generator-least-squares"]

    def __call__(self, step: Step) -> Tensor:
        return 0.5 * (step.fake_output.score - 1).square().mean()
