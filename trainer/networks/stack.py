"""Layers in order, some of which are told a condition: what conditional generators are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Conditioned(nn.Module):
    """A layer whose `forward` takes `(x, condition)`: a code `(n, size)`, or None where there is none."""


class Stack(nn.Sequential, Conditioned):
    """`nn.Sequential`, whose conditioned layers are given the condition too."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, condition) if isinstance(layer, Conditioned) else layer(x)
        return x


class ConditionalAffine(Conditioned):
    """A gain and a bias a channel, chosen by the condition (de Vries et al. 2017): `(n, C, H, W)` -> the same shape.

    Behind a BatchNorm without its own it makes the conditional BatchNorm. It starts as the identity.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.table = nn.Linear(size, 2 * channels, bias=False)
        with torch.no_grad():
            self.table.weight[:channels] = 1.0  # one-hot codes sum to one
            self.table.weight[channels:] = 0.0

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        gain, bias = self.table(condition)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(bias, x, gain)


class Residual(Conditioned):
    """`body(x) + skip(x)` (He et al. 2016)."""

    def __init__(self, body: Stack, skip: nn.Module) -> None:
        super().__init__()
        self.body, self.skip = body, skip

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        total: Tensor = self.body(x, condition) + self.skip(x)
        return total
