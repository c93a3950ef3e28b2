"""Invariant information clustering: categories that augmentation does not change, learnt without labels."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from trainer.data.augmentation import RandomAffine
from trainer.losses.base import BaseLoss
from trainer.losses.step import Step
from trainer.networks.encoder import EncoderOutput
from trainer.runtime import distributed


class InvariantInformation(BaseLoss):
    """Minus the mutual information between the encoder's categories of two augmentations of a real image, in nats.

    Ji et al. 2019, "Invariant information clustering", equation 3. The information is at most ln(categories), when
    categories are certain, equally frequent and unaffected by the augmentation. The overclustering head, where there
    is one, adds its own term.
    """

    kind: Literal["invariant-information"]
    code: str = "c1"
    augment: RandomAffine

    def __call__(self, step: Step) -> Tensor:
        one, other = (step.encode(self.augment(step.real, distributed.rand)) for _ in range(2))
        return -invariant_information(one, other, self.code)


def invariant_information(one: EncoderOutput, other: EncoderOutput, code: str) -> Tensor:
    """The mutual information between two augmentations' categories and, if there are any, overclusters: a scalar."""
    total = mutual_information(one.codes[code], other.codes[code])
    if one.overclusters is not None and other.overclusters is not None:
        total = total + mutual_information(one.overclusters, other.overclusters)
    return total


def mutual_information(one: Tensor, other: Tensor) -> Tensor:
    """The mutual information of two paired soft assignments: a scalar, in nats.

    `one` and `other` are logits `(n, k)`; row i of both belongs to the same image. With several processes, the rows of
    all of them count, n in each, and the mean of the processes' gradients is the gradient.
    """
    joint = distributed.all_reduce_sum(one.softmax(1).T @ other.softmax(1))
    joint = ((joint + joint.T) / (2 * len(one) * distributed.world_size())).clamp_min(torch.finfo(joint.dtype).tiny)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return (joint * (joint.log() - rows.log() - columns.log())).sum()
