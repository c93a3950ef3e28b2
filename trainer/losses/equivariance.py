"""Equivariance: a known transformation of the image changes the predicted codes by a known amount."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from trainer.data.augmentation import warp_affine
from trainer.losses.base import BaseLoss
from trainer.losses.information import code_likelihood
from trainer.losses.step import Step
from trainer.runtime import distributed


class CodeTransform(BaseModel):
    """What adding 1 to `code` does to the image: a `shear` (horizontal slope), a horizontal `stretch` (log factor)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    shear: float = 0.0
    stretch: float = 0.0


class Equivariance(BaseLoss):
    """-log Q(c + d | T_d G(z, c)), in nats: for a transformed image, the Q head must predict the shifted codes.

    InfoGAN's bound alone lets a continuous code control any visible factor, a different one with each seed. Generated
    images are transformed by a random shift d of the codes, uniform in [-span, span], so the Q head learns which factor
    each code stands for from geometry alone: no label and no measurement of real images is used. The idea is that of
    Cohen and Welling 2016, "Group equivariant convolutional networks", but learnt instead of built in.
    """

    kind: Literal["equivariance"]
    transforms: tuple[CodeTransform, ...] = Field(min_length=1)
    span: float = Field(0.6, gt=0)

    def __call__(self, step: Step) -> Tensor:
        latents = step.latents.clone()
        zero = latents.new_zeros(len(latents))
        slope, stretch = zero, zero
        for transform in self.transforms:
            shift = (distributed.rand(len(zero), device=zero.device) * 2 - 1) * self.span
            latents[:, step.spec.slices[transform.code]] += shift[:, None]
            slope, stretch = slope + transform.shear * shift, stretch + transform.stretch * shift
        # The inverse map, from output to input: the inverse stretch; upper rows come from further left to lean right.
        transformed = warp_affine(step.fake, [[(-stretch).exp(), slope, zero], [zero, zero + 1, zero]])
        prediction = step.predict_codes(step.discriminate(transformed, step.fake_condition).features)
        return torch.stack(
            [code_likelihood(prediction, step.spec, latents, transform.code) for transform in self.transforms]
        ).sum()
