"""Reading the label off real images: the auxiliary classifier's supervised half."""

from __future__ import annotations

from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from trainer.data.affine import Affine
from trainer.losses.base import BaseLoss
from trainer.training.step import Step


class Classification(BaseLoss):
    """-log Q(c | x) on the real images whose label the run reads (Odena et al. 2017, equation 3).

    The generated images' half is the `information` term: -log Q(c | G(z, c)). `reader` is Q: a head on the
    discriminator's trunk, or an encoder of its own, whose images `augment` changes first.
    """

    kind: Literal["classification"]
    reader: Literal["code_head", "encoder"]
    code: str = "c1"
    augment: Affine | None = None

    def __call__(self, step: Step) -> Tensor:
        labelled = step.batch.labelled or step.batch
        if self.reader == "encoder":
            reading = step.encode(self.augment(labelled.images) if self.augment else labelled.images).codes
        else:
            verdict = step.judge(labelled.images) if step.batch.labelled else step.on_real
            reading = step.read_codes(verdict.features)
        return F.cross_entropy(reading[self.code], labelled.codes[self.code])
