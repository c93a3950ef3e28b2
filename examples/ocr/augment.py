"""What makes many hands, pens and papers of one line: the same for whatever lines a network is trained on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LEAN, STRETCH, SHIFT, WAVE, PEN, NOISE = 0.3, 0.15, 0.05, 2.0, 0.6, 0.15
_KNOT = 8  # pixels between places that the hand strays by itself at


def augment(lines: Tensor) -> Tensor:
    """Lines float `(n, 1, H, W)`, 0 paper and 1 ink -> the same shape: leant, stretched, bent, of another pen, grainy.

    To bend strokes at random is after Simard et al. 2003, "Best practices for convolutional neural networks".
    """
    n, _, height, width = lines.shape

    def within(bound: float, *size: int) -> Tensor:
        return (torch.rand(n, *size) * 2 - 1) * bound

    none, size = torch.zeros(n), torch.tensor([width, height])
    narrower = (torch.rand(n) * 2 * STRETCH).exp()  # not wider, which would cut off what stands at the ends
    rows = [[narrower, within(LEAN) * height / width, none], [none, within(STRETCH).exp(), within(SHIFT)]]
    matrices = torch.stack([torch.stack(row, 1) for row in rows], 1)
    places = F.affine_grid(matrices, list(lines.shape), align_corners=False)
    knots = within(WAVE, 2, height // _KNOT, width // _KNOT)
    strayed = F.interpolate(knots, (height, width), mode="bicubic", align_corners=False)
    places = places + strayed.permute(0, 2, 3, 1) * 2 / size
    lines = F.grid_sample(lines, places, padding_mode="border", align_corners=False)
    pen = within(PEN, 1, 1, 1)
    thick, thin = F.max_pool2d(lines, 3, 1, 1), -F.max_pool2d(-lines, 3, 1, 1)
    lines = lines + pen.clamp(min=0) * (thick - lines) - pen.clamp(max=0) * (thin - lines)
    return lines + torch.rand(n, 1, 1, 1) * NOISE * torch.randn_like(lines)
