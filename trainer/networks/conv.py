"""Networks of strided convolutions without pooling, as in DCGAN (Radford et al. 2016)."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from torch import nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.generator import GeneratorConfig
from trainer.networks.layers import ChannelsLastFlatten, SeparateBiasConvTranspose2d, base_size, maybe_spectral


class ConvGenerator(GeneratorConfig):
    """Transposed convolutions after a hidden layer of `hidden` units (Chen et al. 2016, appendix C.1), or none if 0.

    There are `channels[0]` feature maps at the smallest size; each further entry, and then the image, doubles the size:
    `[128, 64]` gives 7 -> 14 -> 28.
    """

    kind: Literal["conv"]
    hidden: int = 1024
    channels: tuple[int, ...] = (128, 64)

    def layers(self, spec: LatentSpec, shape: ImageShape) -> list[nn.Module]:
        """See `GeneratorConfig.layers`."""
        height, width = (base_size(size, len(self.channels)) for size in (shape.height, shape.width))
        smallest = self.channels[0] * height * width
        layers: list[nn.Module] = []
        for narrow, wide in pairwise([spec.dim, *([self.hidden] if self.hidden else []), smallest]):
            layers += [nn.Linear(narrow, wide), *([nn.BatchNorm1d(wide)] if self.norm == "batch" else []), nn.ReLU()]
        layers.append(nn.Unflatten(1, (self.channels[0], height, width)))
        for wide, narrow in pairwise(self.channels):
            layers += [SeparateBiasConvTranspose2d(wide, narrow, 4, 2, 1), *self.norm_layers(narrow, spec), nn.ReLU()]
        return [*layers, SeparateBiasConvTranspose2d(self.channels[-1], shape.channels, 4, 2, 1), nn.Tanh()]


class ConvDiscriminator(DiscriminatorConfig):
    """Each entry of `channels` halves the size; then `hidden` features, or the last feature maps if that is 0."""

    kind: Literal["conv"]
    channels: tuple[int, ...] = (64, 128)

    def features(self, shape: ImageShape) -> int:
        """See `DiscriminatorConfig.features`."""
        height, width = (base_size(size, len(self.channels)) for size in (shape.height, shape.width))
        return self.hidden or self.channels[-1] * height * width

    def trunk(self, channels: int, height: int, width: int) -> list[nn.Module]:
        """See `DiscriminatorConfig.trunk`."""
        spectral = self.norm == "spectral"
        layers: list[nn.Module] = []
        for i, (narrow, wide) in enumerate(pairwise([channels, *self.channels])):
            layers.append(maybe_spectral(nn.Conv2d(narrow, wide, 4, 2, 1), spectral))
            if i and self.norm == "batch":
                layers.append(nn.BatchNorm2d(wide))
            layers.append(nn.LeakyReLU(0.1))
        layers.append(ChannelsLastFlatten())
        if self.hidden:
            size = base_size(height, len(self.channels)) * base_size(width, len(self.channels))
            layers.append(maybe_spectral(nn.Linear(self.channels[-1] * size, self.hidden), spectral))
            layers += [*([nn.BatchNorm1d(self.hidden)] if self.norm == "batch" else []), nn.LeakyReLU(0.1)]
        return layers
