"""Fully connected networks, as in the first GAN (Goodfellow et al. 2014)."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field
from torch import nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.generator import GeneratorConfig
from trainer.networks.layers import ShardedDropout, maybe_spectral


class MlpGenerator(GeneratorConfig):
    """One hidden ReLU layer per entry of `widths`."""

    kind: Literal["mlp"]
    widths: tuple[int, ...] = Field((1200, 1200), min_length=1)
    norm: Literal["batch", "none"] = "none"

    def layers(self, spec: LatentSpec, shape: ImageShape) -> list[nn.Module]:
        """See `GeneratorConfig.layers`."""
        layers: list[nn.Module] = []
        for narrow, wide in pairwise([spec.dim, *self.widths]):
            layers += [nn.Linear(narrow, wide), *([nn.BatchNorm1d(wide)] if self.norm == "batch" else []), nn.ReLU()]
        pixels = (shape.channels, shape.height, shape.width)
        layers.append(nn.Linear(self.widths[-1], shape.channels * shape.height * shape.width))
        return [*layers, nn.Tanh(), nn.Unflatten(1, pixels)]


class MlpDiscriminator(DiscriminatorConfig):
    """Hidden layers of `widths` units, then `hidden` features; `dropout` is the dropout probability after each."""

    kind: Literal["mlp"]
    widths: tuple[int, ...] = (1024,)
    hidden: int = 256
    norm: Literal["spectral", "none"] = "none"
    dropout: float = Field(0.3, ge=0, lt=1)

    def trunk(self, channels: int, height: int, width: int) -> list[nn.Module]:
        """See `DiscriminatorConfig.trunk`."""
        layers: list[nn.Module] = [nn.Flatten()]
        for narrow, wide in pairwise([channels * height * width, *self.widths, self.hidden]):
            linear = maybe_spectral(nn.Linear(narrow, wide), self.norm == "spectral")
            layers += [linear, nn.LeakyReLU(0.2), ShardedDropout(self.dropout)]
        return layers
