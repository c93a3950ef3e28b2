"""Pairs of images by one writer: generated images that share a style must look as if one hand had written them.

The discriminator's pair head tells real pairs by one writer from two kinds of others: generated pairs of one style, and
real images by two writers. The latter teach it what a hand is, as mismatched captions do in Reed et al. 2016,
"Generative adversarial text to image synthesis", section 4.2. The score of a pair is independent of that of an image.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.losses.base import BaseLoss
from trainer.losses.step import Step
from trainer.networks.pair_head import of_two_writers


class DiscriminatorWriterPairs(BaseLoss):
    """softplus(-P(x, x')) + (softplus(P(x, y)) + softplus(P(G(s, z), G(s, z')))) / 2, mean over pairs.

    `x` and `x'` are real images by one writer, `y` by another; `s` is a style that two generated images share.
    """

    kind: Literal["discriminator-writer-pairs"]

    def __call__(self, step: Step) -> Tensor:
        real, fake = step.real_output.features, step.fake_output.features
        same, different = step.score_pairs(real), step.score_pairs(of_two_writers(real))
        return (F.softplus(-same) + (F.softplus(different) + F.softplus(step.score_pairs(fake))) / 2).mean()


class GeneratorWriterPairs(BaseLoss):
    """softplus(-P(G(s, z), G(s, z'))), mean over pairs."""

    kind: Literal["generator-writer-pairs"]

    def __call__(self, step: Step) -> Tensor:
        return F.softplus(-step.score_pairs(step.fake_output.features)).mean()
