"""The Wasserstein-1 distance in its dual form (Arjovsky et al. 2017); other means must keep the critic Lipschitz."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step


class DiscriminatorWasserstein(BaseLoss):
    """D(G(z)) - D(x): minus the estimate of the distance."""

    kind: Literal["discriminator-wasserstein"]

    def __call__(self, step: Step) -> Tensor:
        return step.fake_output.score.mean() - step.real_output.score.mean()


class GeneratorWasserstein(BaseLoss):
    """-D(G(z)); also the generator's loss beside `discriminator-hinge`."""

    kind: Literal["generator-wasserstein"]

    def __call__(self, step: Step) -> Tensor:
        return -step.fake_output.score.mean()
