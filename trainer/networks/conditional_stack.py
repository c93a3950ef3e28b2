"""Sequential layers, some of which take a condition: the parts of conditional generators."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ConditionalLayer(nn.Module):
    """A layer whose `forward` takes `(x, condition)`; the condition is a code `(n, size)`, or None."""


class Stack(nn.Sequential, ConditionalLayer):
    """`nn.Sequential` that passes the condition to those of its layers that take one."""

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        for layer in self:
            x = layer(x, condition) if isinstance(layer, ConditionalLayer) else layer(x)
        return x


class ConditionalAffine(ConditionalLayer):
    """A scale and a shift per channel, by the condition (de Vries et al. 2017): `(n, C, H, W)` -> the same shape.

    After a BatchNorm without an affine map of its own it makes a conditional BatchNorm. It starts as the identity.
    """

    def __init__(self, channels: int, size: int) -> None:
        super().__init__()
        self.table = nn.Linear(size, 2 * channels, bias=False)
        with torch.no_grad():
            self.table.weight[:channels] = 1.0  # the entries of a one-hot code sum to one
            self.table.weight[channels:] = 0.0

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        gain, bias = self.table(condition)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(bias, x, gain)


class Residual(ConditionalLayer):
    """`body(x) + skip(x)` (He et al. 2016)."""

    def __init__(self, body: Stack, skip: nn.Module) -> None:
        super().__init__()
        self.body, self.skip = body, skip

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        total: Tensor = self.body(x, condition) + self.skip(x)
        return total
