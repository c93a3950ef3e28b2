"""Small pieces the networks share."""

from __future__ import annotations

from typing import TypeVar, cast

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

Network = TypeVar("Network", bound=nn.Module)


class Config(BaseModel):
    """A network as a recipe describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def base_size(size: int, halvings: int) -> int:
    """Side of the smallest feature map, in pixels.

    Raises:
        ValueError: `size` cannot be halved that often.
    """
    factor = 1 << halvings
    if size % factor:
        raise ValueError(f"{size} px cannot be halved {halvings} times: give a channel list of another length")
    return size // factor


def maybe_spectral(layer: nn.Module, spectral: bool) -> nn.Module:
    """`layer`, with its largest singular value held at 1 where asked (Miyato et al. 2018)."""
    return spectral_norm(layer) if spectral else layer


class Flatten(nn.Flatten):
    """Maps `(n, C, H, W)` -> `(n, C * H * W)`. Where they lie channels last, so does their gradient.

    Left as it comes, it meets them in another order, and on a CPU the backward pass of the activation before takes up
    to thirty times as long.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad and x.is_contiguous(memory_format=torch.channels_last):
            x.register_hook(_channels_last)
        return super().forward(x)


def _channels_last(gradient: Tensor | None) -> Tensor | None:
    return None if gradient is None else gradient.contiguous(memory_format=torch.channels_last)


class ConvTranspose2d(nn.ConvTranspose2d):
    """The same, with its bias added apart while it learns.

    On a CPU oneDNN goes through the convolution once more for the bias's gradient, which is a sum.
    """

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if self.bias is None or output_size is not None or not torch.is_grad_enabled():
            return super().forward(x, output_size)
        padding = cast("tuple[int, ...]", self.padding)  # a word only for convolutions that are not transposed
        maps = functional.conv_transpose2d(
            x, self.weight, None, self.stride, padding, self.output_padding, self.groups, self.dilation
        )
        return maps + self.bias.to(maps.dtype)[:, None, None]


def place(network: Network, device: torch.device) -> Network:
    """`network` on `device`, weights channels last as the images are, which the convolutions run fastest on."""
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub omits it
    return network
