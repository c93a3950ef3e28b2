"""Random affine augmentation of images, small enough to keep a handwritten digit's class."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.nn import functional as F


class RandomAffine(BaseModel):
    """One random affine map per image, its parameters uniform within these bounds.

    `rotate`: degrees to either side. `shear`: horizontal slope to either side. `scale`: a factor from 1/(1+scale) to
    1+scale, drawn for each axis. `translate`: fraction of the image's side, to either side and for each axis. The
    defaults keep the class of a handwritten digit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rotate: float = Field(20.0, ge=0, le=180)
    shear: float = Field(0.3, ge=0, le=2)
    scale: float = Field(0.2, ge=0, le=2)
    translate: float = Field(0.06, ge=0, le=1)

    def __call__(self, images: Tensor, rand: Callable[..., Tensor] = torch.rand) -> Tensor:
        """Images float `(n, C, H, W)` -> float32 of that shape, differentiable; border pixels are repeated outwards.

        `rand` draws the uniform numbers: `torch.rand`, or `distributed.rand` where the images are a process's shard.
        """

        def uniform(bound: float) -> Tensor:
            return (rand(len(images), device=images.device) * 2 - 1) * bound

        angle = uniform(math.radians(self.rotate))
        scale_x, scale_y = uniform(math.log1p(self.scale)).exp(), uniform(math.log1p(self.scale)).exp()
        rows = [
            [angle.cos() * scale_x, uniform(self.shear) - angle.sin() * scale_y, uniform(2 * self.translate)],
            [angle.sin() * scale_x, angle.cos() * scale_y, uniform(2 * self.translate)],
        ]
        return warp_affine(images, rows)


def warp_affine(images: Tensor, rows: list[list[Tensor]]) -> Tensor:
    """Transform each image by its own affine map: float `(n, C, H, W)` -> float32 of that shape, differentiable.

    `rows` is the 2 x 3 matrix from output to input coordinates, each entry `(n,)`. Coordinates span [-1, 1] from edge
    to edge, with y down, so a shift by the fraction t of the side is 2t. Border pixels are repeated outwards. It is
    computed in float32 under autocast too: bfloat16 coordinates would be wrong by up to a tenth of a pixel.
    """
    with torch.autocast(images.device.type, enabled=False):
        matrices = torch.stack([torch.stack(row, 1) for row in rows], 1).float()
        grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
        return F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
