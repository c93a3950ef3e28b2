"""BatchNorm folding: at inference BatchNorm is an affine map per channel, which the layer before it can absorb."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from trainer.networks.layers import ModuleT


class FrozenBatchNorm2d(nn.Module):
    """A fixed scale and shift per channel of `(n, C, H, W)`: a BatchNorm without a layer to fold it into."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
        gain = (variance + norm.eps).rsqrt() * (norm.weight if norm.affine else 1.0)
        shift = (norm.bias if norm.affine else 0.0) - mean * gain
        self.register_buffer("scale", gain.detach()[None, :, None, None])
        self.register_buffer("shift", shift.detach()[None, :, None, None])

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(cast(Tensor, self.shift), x, cast(Tensor, self.scale))


def fold_batchnorm(network: ModuleT) -> ModuleT:
    """A copy of `network` on the CPU, in eval mode, that computes the same function without any BatchNorm."""
    return _fold(copy.deepcopy(network).cpu().eval())


def _fold(network: ModuleT) -> ModuleT:
    for name, child in network.named_children():
        setattr(network, name, _fold(child))
    return type(network)(*_folded(network)) if isinstance(network, nn.Sequential) else network


def _folded(layers: Iterable[nn.Module]) -> list[nn.Module]:
    folded: list[nn.Module] = []
    for layer in layers:
        before = folded[-1] if folded else None
        match layer, before:
            case nn.BatchNorm1d(), nn.Linear():
                folded[-1] = fuse_linear_bn_eval(before, layer)
            case nn.BatchNorm2d(), nn.Conv2d() | nn.ConvTranspose2d():
                transpose = isinstance(before, nn.ConvTranspose2d)
                folded[-1] = fuse_conv_bn_eval(cast(nn.Conv2d, before), layer, transpose=transpose)
            case nn.BatchNorm2d(), _:
                folded.append(FrozenBatchNorm2d(layer))
            case _:
                folded.append(layer)
    return folded
