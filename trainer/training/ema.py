"""The moving average of the generator's weights, which snapshots show and which is exported."""

from __future__ import annotations

import copy
from typing import Generic

import torch
from torch import Tensor

from trainer.networks.layers import ModuleT


class Ema(Generic[ModuleT]):
    """Exponential moving average of weights, with a half-life in thousands of images (Karras et al. 2018, section 4).

    In images, the half-life does not depend on the batch size. Buffers, such as BatchNorm statistics, are copied.
    """

    def __init__(self, network: ModuleT, half_life_kimg: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self._half_life = half_life_kimg

    @torch.no_grad()
    def update(self, network: ModuleT, kimg_so_far: float, kimg_step: float) -> None:
        """Update the average with `network` after a step of `kimg_step` thousand images.

        The half-life is at most a tenth of `kimg_so_far`; otherwise the random initial weights would dominate early on.
        """
        half_life = min(self._half_life, 0.1 * kimg_so_far)
        decay = 0.5 ** (kimg_step / half_life) if half_life else 0.0
        averages: list[Tensor] = list(self.network.parameters())
        parameters: list[Tensor] = list(network.parameters())
        torch._foreach_lerp_(averages, parameters, 1.0 - decay)
        for copied, buffer in zip(self.network.buffers(), network.buffers(), strict=True):
            copied.copy_(buffer)
