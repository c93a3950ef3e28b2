"""BatchNorm folded away: at inference it is an affine map a channel, which the layer before it can do as well."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from trainer.networks.layers import Network


class Affine(nn.Module):
    """`(n, C, H, W)` times a scale, plus a shift, a channel: a BatchNorm that has no layer to be folded into."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        mean, variance = cast(Tensor, norm.running_mean), cast(Tensor, norm.running_var)
        gain = (variance + norm.eps).rsqrt() * (norm.weight if norm.affine else 1.0)
        shift = (norm.bias if norm.affine else 0.0) - mean * gain
        self.register_buffer("scale", gain.detach()[None, :, None, None])
        self.register_buffer("shift", shift.detach()[None, :, None, None])

    def forward(self, x: Tensor) -> Tensor:
        return torch.addcmul(cast(Tensor, self.shift), x, cast(Tensor, self.scale))


def fold_batchnorm(network: Network) -> Network:
    """A copy of `network` on the CPU, in eval mode, without a BatchNorm in it: the same function."""
    return _fold(copy.deepcopy(network).cpu().eval())


def _fold(network: Network) -> Network:
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
                folded.append(Affine(layer))
            case _:
                folded.append(layer)
    return folded
