"""Residual networks, as in WGAN-GP (Gulrajani et al. 2017, appendix F) and later GANs."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field
from torch import nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.conditional_stack import Residual, Stack
from trainer.networks.discriminator import DiscriminatorConfig
from trainer.networks.generator import GeneratorConfig
from trainer.networks.layers import ChannelsLastFlatten, base_size, maybe_spectral


class ResidualGenerator(GeneratorConfig):
    """Each block doubles the size, from `channels[0]` maps at the smallest one: `[64, 64, 32]` gives 7 -> 14 -> 28."""

    kind: Literal["residual"]
    channels: tuple[int, ...] = Field((64, 64, 32), min_length=2)

    def layers(self, spec: LatentSpec, shape: ImageShape) -> list[nn.Module]:
        """See `GeneratorConfig.layers`."""
        height, width = (base_size(size, len(self.channels) - 1) for size in (shape.height, shape.width))
        first, last = self.channels[0], self.channels[-1]
        return [
            nn.Linear(spec.dim, first * height * width),
            nn.Unflatten(1, (first, height, width)),
            *(self._block(wide, narrow, spec) for wide, narrow in pairwise(self.channels)),
            *self.norm_layers(last, spec),
            nn.LeakyReLU(0.2),
            nn.Conv2d(last, shape.channels, 3, padding=1),
            nn.Tanh(),
        ]

    def _block(self, wide: int, narrow: int, spec: LatentSpec) -> Residual:
        last = nn.Conv2d(narrow, narrow, 3, padding=1)
        if self.norm == "none":
            _initialise_to_zero(last)
        body = Stack(
            *self.norm_layers(wide, spec),
            nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor=2.0),
            nn.Conv2d(wide, narrow, 3, padding=1),
            *self.norm_layers(narrow, spec),
            nn.LeakyReLU(0.2),
            last,
        )
        # A 1 x 1 convolution and nearest-neighbour upsampling commute; this order needs a quarter of the operations.
        skip = [] if wide == narrow else [nn.Conv2d(wide, narrow, 1, bias=False)]
        return Residual(body, nn.Sequential(*skip, nn.Upsample(scale_factor=2.0)))


class ResidualDiscriminator(DiscriminatorConfig):
    """Each block, one per entry of `channels`, halves the size; then `hidden` features. There is no BatchNorm."""

    kind: Literal["residual"]
    channels: tuple[int, ...] = Field((32, 64), min_length=1)
    norm: Literal["spectral", "none"] = "none"
    hidden: int = 256

    def trunk(self, channels: int, height: int, width: int) -> list[nn.Module]:
        """See `DiscriminatorConfig.trunk`."""
        size = base_size(height, len(self.channels)) * base_size(width, len(self.channels))
        spectral = self.norm == "spectral"
        return [
            maybe_spectral(nn.Conv2d(channels, self.channels[0], 3, padding=1), spectral),
            *(self._block(narrow, wide) for narrow, wide in pairwise([self.channels[0], *self.channels])),
            nn.LeakyReLU(0.2),
            ChannelsLastFlatten(),
            maybe_spectral(nn.Linear(self.channels[-1] * size, self.hidden), spectral),
            nn.LeakyReLU(0.2),
        ]

    def _block(self, narrow: int, wide: int) -> Residual:
        spectral = self.norm == "spectral"
        last = nn.Conv2d(wide, wide, 3, padding=1)
        if not spectral:
            _initialise_to_zero(last)
        body = Stack(
            nn.LeakyReLU(0.2),
            maybe_spectral(nn.Conv2d(narrow, wide, 3, padding=1), spectral),
            nn.LeakyReLU(0.2),
            maybe_spectral(last, spectral),
            nn.AvgPool2d(2),
        )
        widen = [] if narrow == wide else [maybe_spectral(nn.Conv2d(narrow, wide, 1, bias=False), spectral)]
        return Residual(body, nn.Sequential(nn.AvgPool2d(2), *widen))


def _initialise_to_zero(last: nn.Conv2d) -> None:
    """Make a block without normalisation start as its skip connection, so that activations do not grow with depth.

    Zhang et al. 2019, "Fixup initialization"; Huang et al. 2024, section 3.3.
    """
    nn.init.zeros_(last.weight)
