"""Building blocks that several networks use."""

from __future__ import annotations

from typing import TypeVar, cast

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from trainer.runtime import distributed

ModuleT = TypeVar("ModuleT", bound=nn.Module)


class NetworkConfig(BaseModel):
    """The part of a recipe that describes one network."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def base_size(size: int, halvings: int) -> int:
    """The side of the smallest feature map in pixels: `size`, halved `halvings` times.

    Raises:
        ValueError: `size` is not divisible that often.
    """
    factor = 1 << halvings
    if size % factor:
        raise ValueError(f"{size} px cannot be halved {halvings} times: give a channel list of another length")
    return size // factor


def maybe_spectral(layer: nn.Module, spectral: bool) -> nn.Module:
    """`layer`, with spectral normalisation if `spectral` is true (Miyato et al. 2018)."""
    return spectral_norm(layer) if spectral else layer


class ChannelsLastFlatten(nn.Flatten):
    """Maps `(n, C, H, W)` -> `(n, C * H * W)`; the gradient of a channels-last input is made channels last too.

    `nn.Flatten` gives such an input a contiguous gradient. On a CPU, the mismatch makes the backward pass of the
    activation before it up to thirty times slower.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad and x.is_contiguous(memory_format=torch.channels_last):
            x.register_hook(_to_channels_last)
        return super().forward(x)


def _to_channels_last(gradient: Tensor | None) -> Tensor | None:
    return None if gradient is None else gradient.contiguous(memory_format=torch.channels_last)


class ShardedDropout(nn.Dropout):
    """`nn.Dropout`; with several processes, each takes its shard of the mask drawn for the whole batch."""

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0 or distributed.world_size() == 1:
            return super().forward(x)
        kept = distributed.rand(*x.shape, device=x.device) >= self.p
        return x * kept / (1 - self.p)


class SeparateBiasConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d`, with its bias added in a separate operation during training.

    On a CPU, oneDNN runs the convolution a second time to get the bias's gradient, which is only a sum.
    """

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if self.bias is None or output_size is not None or not torch.is_grad_enabled():
            return super().forward(x, output_size)
        padding = cast("tuple[int, ...]", self.padding)  # it is a string only in convolutions that are not transposed
        maps = functional.conv_transpose2d(
            x, self.weight, None, self.stride, padding, self.output_padding, self.groups, self.dilation
        )
        return maps + self.bias.to(maps.dtype)[:, None, None]


def to_device(network: ModuleT, device: torch.device) -> ModuleT:
    """Move `network` to `device`, with weights in channels-last order, as the images are: convolutions are fastest."""
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub omits it
    return network
