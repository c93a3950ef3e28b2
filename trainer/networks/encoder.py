"""The encoder: a network that predicts codes from images, separate from the discriminator."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, NamedTuple

from pydantic import Field
from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.layers import ChannelsLastFlatten, NetworkConfig, base_size
from trainer.networks.q_head import CodePrediction, QHead


class EncoderConfig(NetworkConfig):
    """What every encoder's recipe may say: it predicts `codes` from `hidden` features of an image.

    `overclusters` adds an overclustering head: a second head with that many clusters, used only in its loss. Finer
    clusters preserve features that a head of ten categories alone would discard (Ji et al. 2019, section 3.2).
    """

    kind: str
    codes: tuple[str, ...] = ("c1",)
    hidden: int = 256
    overclusters: int = 0

    def build(self, spec: LatentSpec, shape: ImageShape) -> Encoder:
        """The network, freshly initialised from torch's global stream."""
        return Encoder(self, spec, shape)

    def trunk(self, shape: ImageShape) -> list[nn.Module]:
        """From images `(n, C, H, W)` to features `(n, hidden)`."""
        raise NotImplementedError


class ConvEncoder(EncoderConfig):
    """Four convolutions, two of them strided, and a hidden layer."""

    kind: Literal["conv"] = "conv"
    channels: tuple[int, int, int] = (32, 64, 128)

    def trunk(self, shape: ImageShape) -> list[nn.Module]:
        """See `EncoderConfig.trunk`."""
        narrow, middle, wide = self.channels
        size = base_size(shape.height, 2) * base_size(shape.width, 2)
        return [
            *_block(shape.channels, narrow, 4, 2),
            *_block(narrow, middle, 3, 1),
            *_block(middle, wide, 3, 2),
            *_block(wide, wide, 3, 1),
            ChannelsLastFlatten(),
            nn.Linear(wide * size, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.LeakyReLU(0.1),
        ]


class StridedEncoder(EncoderConfig):
    """A small encoder: each entry of `channels` is a strided convolution that halves the size, then a hidden layer."""

    kind: Literal["strided"]
    channels: tuple[int, ...] = Field((32, 48, 64), min_length=1)
    hidden: int = 128

    def trunk(self, shape: ImageShape) -> list[nn.Module]:
        """See `EncoderConfig.trunk`."""
        halvings = len(self.channels)
        size = base_size(shape.height, halvings) * base_size(shape.width, halvings)
        convolutions = [
            layer for narrow, wide in pairwise([shape.channels, *self.channels]) for layer in _block(narrow, wide, 4, 2)
        ]
        return [
            *convolutions,
            ChannelsLastFlatten(),
            nn.Linear(self.channels[-1] * size, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.LeakyReLU(0.1),
        ]


class EncoderOutput(NamedTuple):
    """`codes`, and the logits `(n, overclusters)` of the overclustering head; None where there is no such head."""

    codes: CodePrediction
    overclusters: Tensor | None


class Encoder(nn.Module):
    """Images float32 `(n, C, H, W)` in [-1, 1] -> `EncoderOutput`."""

    def __init__(self, config: EncoderConfig, spec: LatentSpec, shape: ImageShape) -> None:
        super().__init__()
        self._config, self._spec, self._shape = config, spec, shape
        self.trunk = nn.Sequential(*config.trunk(shape))
        self.head = QHead(config.codes, spec, config.hidden)
        self.overclusters = nn.Linear(config.hidden, config.overclusters) if config.overclusters else None

    def reinitialised(self) -> Encoder:
        """A new encoder of the same architecture on the CPU, its weights from torch's global random generator."""
        return Encoder(self._config, self._spec, self._shape)

    def forward(self, images: Tensor) -> EncoderOutput:
        features = self.trunk(images)
        return EncoderOutput(self.head(features), self.overclusters(features).float() if self.overclusters else None)


def _block(narrow: int, wide: int, kernel: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(narrow, wide, kernel, stride, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.1)
