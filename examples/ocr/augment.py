"""Random augmentation of lines of text; the same for generated and for real lines."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

SHEAR, SCALE, SHIFT, ELASTIC, STROKE, NOISE = 0.3, 0.15, 0.05, 2.0, 0.6, 0.15
_CELL = 8  # pixels between the random displacements of the elastic distortion


def augment(lines: Tensor) -> Tensor:
    """Lines float `(n, 1, H, W)`, 0 paper and 1 ink -> distorted lines of the same shape.

    An affine map: shear up to `SHEAR`, vertical log scale up to `SCALE`, narrower by a log scale up to twice that,
    vertical shift up to `SHIFT` times half the height. An elastic distortion of up to `ELASTIC` pixels (Simard et al.
    2003, "Best practices for convolutional neural networks"). Thicker or thinner strokes. Gaussian noise with a
    standard deviation of up to `NOISE`.
    """
    n, _, height, width = lines.shape

    def uniform(bound: float, *size: int) -> Tensor:
        return (torch.rand(n, *size) * 2 - 1) * bound

    none, size = torch.zeros(n), torch.tensor([width, height])
    horizontal = (torch.rand(n) * 2 * SCALE).exp()  # narrower only: a wider line would lose its ends
    rows = [[horizontal, uniform(SHEAR) * height / width, none], [none, uniform(SCALE).exp(), uniform(SHIFT)]]
    matrices = torch.stack([torch.stack(row, 1) for row in rows], 1)
    positions = F.affine_grid(matrices, list(lines.shape), align_corners=False)
    displacements = uniform(ELASTIC, 2, height // _CELL, width // _CELL)
    smooth = F.interpolate(displacements, (height, width), mode="bicubic", align_corners=False)
    positions = positions + smooth.permute(0, 2, 3, 1) * 2 / size
    lines = F.grid_sample(lines, positions, padding_mode="border", align_corners=False)
    stroke = uniform(STROKE, 1, 1, 1)
    dilated, eroded = F.max_pool2d(lines, 3, 1, 1), -F.max_pool2d(-lines, 3, 1, 1)
    lines = lines + stroke.clamp(min=0) * (dilated - lines) - stroke.clamp(max=0) * (eroded - lines)
    return lines + torch.rand(n, 1, 1, 1) * NOISE * torch.randn_like(lines)
