"""The convolutional discriminator, and the head that reads codes off its trunk."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from latent.card import ImageShape
from trainer.networks.layers import base_size, maybe_spectral


class DiscriminatorConfig(BaseModel):
    """Strided convolutions (one entry of `channels` a halving), then `hidden` features.

    `norm`: `batch`, BatchNorm everywhere but at the input (Radford et al. 2016); `spectral`, every layer's spectral
    norm held at 1 (Miyato et al. 2018); `none`, for critics held by a penalty on their gradient.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["conv"] = "conv"
    channels: tuple[int, ...] = (64, 128)
    hidden: int = 1024
    norm: Literal["batch", "spectral", "none"] = "batch"


class Verdict(NamedTuple):
    """What the discriminator says of `n` images: `score` `(n,)`, real above fake; `features` `(n, hidden)`."""

    score: Tensor
    features: Tensor


class Discriminator(nn.Module):
    """Images float32 `(n, C, H, W)` in [-1, 1] -> `Verdict`."""

    def __init__(self, config: DiscriminatorConfig, shape: ImageShape) -> None:
        super().__init__()
        size = base_size(shape.height, len(config.channels)) * base_size(shape.width, len(config.channels))
        spectral = config.norm == "spectral"
        layers: list[nn.Module] = []
        wide: int = shape.channels
        for i, channels in enumerate(config.channels):
            layers.append(maybe_spectral(nn.Conv2d(wide, channels, 4, 2, 1), spectral))
            if i and config.norm == "batch":
                layers.append(nn.BatchNorm2d(channels))
            layers.append(nn.LeakyReLU(0.1))
            wide = channels
        layers += [nn.Flatten(), maybe_spectral(nn.Linear(wide * size, config.hidden), spectral)]
        if config.norm == "batch":
            layers.append(nn.BatchNorm1d(config.hidden))
        layers.append(nn.LeakyReLU(0.1))
        self.trunk = nn.Sequential(*layers)
        self.score = maybe_spectral(nn.Linear(config.hidden, 1), spectral)

    def forward(self, images: Tensor) -> Verdict:
        features = self.trunk(images)
        return Verdict(self.score(features).squeeze(1), features)
