"""Small pieces the networks share."""

from __future__ import annotations

from typing import TypeVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import nn
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


def place(network: Network, device: torch.device) -> Network:
    """`network` on `device`, weights channels last as the images are, which the convolutions run fastest on."""
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub omits it
    return network
