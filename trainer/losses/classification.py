"""Classification of real images: the supervised half of the auxiliary classifier's loss."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.data.augmentation import RandomAffine
from trainer.losses.base import BaseLoss
from trainer.losses.step import Step
from trainer.runtime import distributed


class Classification(BaseLoss):
    """-log Q(c | x) on real images whose labels the run reads (Odena et al. 2017, equation 3), in nats.

    The other half, on generated images, is the `information` loss: -log Q(c | G(z, c)). `network` is Q: the Q head on
    the discriminator's features, or the encoder, whose images are augmented by `augment` first.
    """

    kind: Literal["classification"]
    network: Literal["q_head", "encoder"]
    code: str = "c1"
    augment: RandomAffine | None = None

    def __call__(self, step: Step) -> Tensor:
        labelled = step.batch.labelled or step.batch
        if self.network == "encoder":
            images = labelled.images
            prediction = step.encode(self.augment(images, distributed.rand) if self.augment else images).codes
        else:
            output = step.discriminate(labelled.images) if step.batch.labelled else step.real_output
            prediction = step.predict_codes(output.features)
        return F.cross_entropy(prediction[self.code], labelled.codes[self.code])
