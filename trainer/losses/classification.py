"""Codes of real images that are known: the supervised half of the auxiliary classifier's loss."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from trainer.data.augmentation import RandomAffine
from trainer.losses.base import BaseLoss
from trainer.losses.information import negative_log_likelihood
from trainer.losses.step import Step
from trainer.runtime import distributed


class Classification(BaseLoss):
    """-log Q(c | x) on real images whose code is known (Odena et al. 2017, equation 3), in nats.

    The codes are the one that the run's labels give, and continuous ones that are measured on the images; the loss is
    the sum over them.

    The other half, on generated images, is the `information` loss: -log Q(c | G(z, c)). `network` is Q: the Q head on
    the discriminator's features, or the encoder, whose images are augmented by `augment` first.
    """

    kind: Literal["classification"]
    network: Literal["q_head", "encoder"]
    codes: tuple[str, ...] = ("c1",)
    augment: RandomAffine | None = None

    @property
    def title(self) -> str:
        return f"{self.kind}-{'-'.join(self.codes)}"

    def __call__(self, step: Step) -> Tensor:
        labelled = step.batch.labelled or step.batch
        if self.network == "encoder":
            images = labelled.images
            prediction = step.encode(self.augment(images, distributed.rand) if self.augment else images).codes
        else:
            output = step.discriminate(labelled.images) if step.batch.labelled else step.real_output
            prediction = step.predict_codes(output.features)
        terms = [negative_log_likelihood(prediction, step.spec[code], labelled.codes[code]) for code in self.codes]
        return torch.stack(terms).sum()
