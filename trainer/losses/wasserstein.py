"""The Wasserstein-1 distance by its dual (Arjovsky et al. 2017), for critics held Lipschitz by other means."""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class DiscriminatorWasserstein(BaseLoss):
    """D(G(z)) - D(x): minus the distance's estimate, no sigmoid and no log."""

    kind: Literal["discriminator-wasserstein"]

    def __call__(self, step: Step) -> Tensor:
        return step.on_fake.score.mean() - step.on_real.score.mean()


class GeneratorWasserstein(BaseLoss):
    """-D(G(z)), which is the hinge loss's generator as well."""

    kind: Literal["generator-wasserstein"]

    def __call__(self, step: Step) -> Tensor:
        return -step.on_fake.score.mean()
