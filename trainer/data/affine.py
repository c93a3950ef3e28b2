"""Random affine changes of images: what leaves a digit the digit it is."""

from __future__ import annotations

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F


class Affine(BaseModel):
    """Draws one affine map an image, uniformly within the bounds.

    `rotate` in degrees either way, `shear` as a horizontal slope, `scale` as a factor from 1/(1+scale) to 1+scale
    for each axis, `translate` as a share of the image's side. The defaults leave a handwritten digit what it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotate: float = Field(20.0, ge=0, le=180)
    shear: float = Field(0.3, ge=0, le=2)
    scale: float = Field(0.2, ge=0, le=2)
    translate: float = Field(0.06, ge=0, le=1)

    def __call__(self, images: Tensor) -> Tensor:
        """Images float `(n, C, H, W)` -> the same shape, differentiable; the border is repeated outwards."""

        def within(bound: float) -> Tensor:
            return (torch.rand(len(images), device=images.device) * 2 - 1) * bound

        angle = within(math.radians(self.rotate))
        stretch_x, stretch_y = within(math.log1p(self.scale)).exp(), within(math.log1p(self.scale)).exp()
        rows = [
            [angle.cos() * stretch_x, within(self.shear) - angle.sin() * stretch_y, within(2 * self.translate)],
            [angle.sin() * stretch_x, angle.cos() * stretch_y, within(2 * self.translate)],
        ]
        return warp(images, rows)


def warp(images: Tensor, rows: list[list[Tensor]]) -> Tensor:
    """Each image through its own affine map: float `(n, C, H, W)` -> the same shape, differentiable.

    `rows` is the 2 x 3 matrix that says where a pixel comes from, each entry `(n,)`, in coordinates that span
    [-1, 1] from edge to edge (so a share t of the side is 2t), y down. Beyond the border, the border is repeated.
    """
    matrices = torch.stack([torch.stack(row, 1) for row in rows], 1)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
