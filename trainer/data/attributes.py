"""Attributes of handwriting that are measured on images, and the values of continuous codes that follow from them.

They are estimates fast enough for a whole training set; `trainer.metrics.morphology` measures the same factors on
enlarged images, ten times as slowly, for the figures that are published.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

Attribute = Literal["slant", "width", "thickness"]

ATTRIBUTES: tuple[Attribute, ...] = get_args(Attribute)

_OUTSIDE = 0.01  # fraction of the ink that is outside the measured width, on either side
_BINS = 4  # per pixel, of the ink's distribution along a row
_CHUNK = 2000  # images measured at a time


def measure_attributes(images: Tensor) -> dict[Attribute, Tensor]:
    """The attributes of images uint8 `(n, C, H, W)`, bright ink on black: float32 `(n,)` each, 0 for a blank image.

    `slant`: the slope of the ink's principal direction, from its second moments, positive to the right. `width` in
    pixels: between the 1 % and the 99 % quantile of the ink along x, after the slant has been removed. `thickness` of
    the strokes in pixels: twice the ink's area over its perimeter, which is a little low for short strokes.
    """
    parts = [_measure(chunk.float().mean(1) / 255) for chunk in images.split(_CHUNK)]
    return {name: torch.cat([part[name] for part in parts]) for name in ATTRIBUTES}


def _measure(ink: Tensor) -> dict[Attribute, Tensor]:
    n, height, width = ink.shape
    x = torch.arange(width, device=ink.device) + 0.5
    y = torch.arange(height, device=ink.device) + 0.5
    mass = ink.sum((1, 2)).clamp_min(1e-6)
    x_mean, y_mean = ink.sum(1) @ x / mass, ink.sum(2) @ y / mass
    mu_11 = torch.einsum("nyx,y,x->n", ink, y, x) / mass - x_mean * y_mean
    mu_02 = ink.sum(2) @ y.square() / mass - y_mean.square()
    shear = mu_11 / mu_02.clamp_min(1e-6)  # y points down: ink that slants to the right has a negative shear

    upright = x - shear[:, None, None] * (y[None, :, None] - y_mean[:, None, None])
    bins = (upright * _BINS).long().clamp(0, _BINS * width - 1) + _BINS * width * torch.arange(n)[:, None, None].to(x)
    marginal = torch.zeros(n * _BINS * width, device=ink.device).index_add_(0, bins.long().flatten(), ink.flatten())
    cumulative = marginal.view(n, -1).cumsum(1) / mass[:, None]
    columns = (cumulative > _OUTSIDE).sum(1) - (cumulative > 1 - _OUTSIDE).sum(1)

    padded = F.pad(ink, (1, 1, 1, 1))
    across, down = padded[:, 1:, 1:] - padded[:, 1:, :-1], padded[:, 1:, 1:] - padded[:, :-1, 1:]
    perimeter = (across.square() + down.square()).sqrt().sum((1, 2)).clamp_min(1e-6)
    return {"slant": -shear, "width": columns / _BINS + 1, "thickness": 2 * ink.sum((1, 2)) / perimeter}


def ranks_within_labels(values: Tensor, labels: Tensor, low: float, high: float) -> Tensor:
    """The rank of each value among those of its label, spread evenly over [low, high]: `(n,)` -> float32 `(n,)`.

    Within each label they have the prior of a continuous code, the uniform distribution.
    """
    ranks = torch.empty(len(values), device=values.device)
    for label in labels.unique():
        rows = (labels == label).nonzero().squeeze(1)
        order = values[rows].argsort().argsort()
        ranks[rows] = (order + 0.5) / len(rows)
    return low + (high - low) * ranks
