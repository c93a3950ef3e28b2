"""The moving average of the generator's weights: what is shown, measured and exported."""

from __future__ import annotations

import copy
from typing import Generic

import torch
from torch import Tensor

from trainer.networks.layers import Network


class Ema(Generic[Network]):
    """Exponential moving average with a half-life in thousands of images (Karras et al. 2018, section 4).

    Measured in images, it means the same at any batch size. BatchNorm's statistics are copied as they stand.
    """

    def __init__(self, network: Network, half_life_kimg: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._half_life = half_life_kimg

    @torch.no_grad()
    def update(self, network: Network, kimg_so_far: float, kimg_step: float) -> None:
        """Take in `network` after a step of `kimg_step`; the half-life grows with the run until it is whole."""
        # Early on, a full half-life would average in the random start.
        half_life = min(self._half_life, 0.1 * kimg_so_far)
        decay = 0.5 ** (kimg_step / half_life) if half_life else 0.0
        ours: list[Tensor] = list(self.network.parameters())
        theirs: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(ours, theirs, 1.0 - decay)
        for mine, its in zip(self.network.buffers(), network.buffers(), strict=True):
            mine.copy_(its)
