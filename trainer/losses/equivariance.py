"""Equivariance: a code's reading moves by a known step when the image moves by a known map."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from trainer.data.affine import warp
from trainer.losses.base import BaseLoss
from trainer.losses.information import negative_log_likelihood
from trainer.training.step import Step


class Move(BaseModel):
    """What adding 1 to `code` does to an image: a `shear` (horizontal slope), a horizontal `stretch` (log of it)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    shear: float = 0.0
    stretch: float = 0.0


class Equivariance(BaseLoss):
    """-log Q(c + d | T_d G(z, c)): the code head must read a moved image as the code moved with it.

    InfoGAN's bound alone lets a continuous code follow any visible factor, another one with each seed. Moving the
    generated images by a random d, uniform within `span` of each code's own unit, tells the reader which factor is
    meant, from the geometry of the plane alone: no label and no measurement of a real image is read (after Cohen
    and Welling 2016, "Group equivariant convolutional networks", but learnt instead of built in).
    """

    kind: Literal["equivariance"]
    moves: tuple[Move, ...] = Field(min_length=1)
    span: float = Field(0.6, gt=0)

    def __call__(self, step: Step) -> Tensor:
        latents = step.latents.clone()
        zero = latents.new_zeros(len(latents))
        slope, stretch = zero, zero
        for move in self.moves:
            step_size = (torch.rand_like(zero) * 2 - 1) * self.span
            latents[:, step.spec.slices[move.code]] += step_size[:, None]
            slope, stretch = slope + move.shear * step_size, stretch + move.stretch * step_size
        # Where a pixel comes from: the inverse of the stretch, and upper rows from further left to lean right.
        moved = warp(step.fake, [[(-stretch).exp(), slope, zero], [zero, zero + 1, zero]])
        reading = step.read_codes(step.judge(moved, step.condition_of_fake).features)
        return torch.stack(
            [negative_log_likelihood(reading, step.spec, latents, move.code) for move in self.moves]
        ).sum()
