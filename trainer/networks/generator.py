"""The convolutional generator: latent -> image."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from latent.card import ImageShape
from trainer.networks.layers import base_size


class GeneratorConfig(BaseModel):
    """Radford et al. 2016's generator behind one hidden layer, as in Chen et al. 2016, appendix C.1.

    `hidden` units, then `channels[0]` maps at the smallest size; every further entry and the image itself come one
    doubling later: `[128, 64]` makes 7 -> 14 -> 28.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["conv"] = "conv"
    hidden: int = 1024
    channels: tuple[int, ...] = (128, 64)


class Generator(nn.Module):
    """Latents float32 `(n, dim)` -> images float32 `(n, C, H, W)` in [-1, 1]."""

    def __init__(self, config: GeneratorConfig, dim: int, shape: ImageShape) -> None:
        super().__init__()
        channels = config.channels
        height = base_size(shape.height, len(channels))
        width = base_size(shape.width, len(channels))
        layers: list[nn.Module] = [
            nn.Linear(dim, config.hidden),
            nn.BatchNorm1d(config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, channels[0] * height * width),
            nn.BatchNorm1d(channels[0] * height * width),
            nn.ReLU(),
            nn.Unflatten(1, (channels[0], height, width)),
        ]
        for wide, narrow in pairwise(channels):
            layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1), nn.BatchNorm2d(narrow), nn.ReLU()]
        layers += [nn.ConvTranspose2d(channels[-1], shape.channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    @property
    def first(self) -> nn.Linear:
        """The only layer that sees the latent: what renames or reorders codes is folded into it."""
        return cast(nn.Linear, self.layers[0])

    def forward(self, latents: Tensor) -> Tensor:
        images: Tensor = self.layers(latents)
        return images
