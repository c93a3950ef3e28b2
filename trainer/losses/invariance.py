"""Invariant information: categories that survive a change of the image, found without labels."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from trainer.data.affine import Affine
from trainer.losses.base import BaseLoss
from trainer.networks.encoder import Encoding
from trainer.training.step import Step


class InvariantInformation(BaseLoss):
    """Minus the mutual information between the encoder's categories of an image under two random changes.

    Ji et al. 2019, "Invariant information clustering", equation 3, on the real images. At most ln(categories) nats,
    reached when categories are certain, equally frequent and blind to the change.
    """

    kind: Literal["invariant-information"]
    code: str = "c1"
    augment: Affine

    def __call__(self, step: Step) -> Tensor:
        one, other = (step.encode(self.augment(step.real)) for _ in range(2))
        return -self.value(one, other)

    def value(self, one: Encoding, other: Encoding) -> Tensor:
        total = mutual_information(one.codes[self.code], other.codes[self.code])
        if one.overclusters is not None and other.overclusters is not None:
            total = total + mutual_information(one.overclusters, other.overclusters)
        return total


def mutual_information(one: Tensor, other: Tensor) -> Tensor:
    """Mutual information of two paired soft assignments in nats, a scalar.

    `one` and `other` are logits `(n, k)`; row i of both comes from the same image.
    """
    joint = one.softmax(1).T @ other.softmax(1)
    joint = ((joint + joint.T) / (2 * len(one))).clamp_min(torch.finfo(joint.dtype).tiny)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return (joint * (joint.log() - rows.log() - columns.log())).sum()
