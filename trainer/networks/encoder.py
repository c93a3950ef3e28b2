"""The encoder: a network of its own that reads codes off images."""

from __future__ import annotations

from typing import Literal, NamedTuple

from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.layers import Config, Flatten, base_size
from trainer.networks.q_head import CodeHead, Reading


class EncoderConfig(Config):
    """What every encoder's recipe may say: the `codes` it reads off `hidden` features of an image.

    `overclusters` adds a second head that splits the images into that many groups. Only its loss matters: finer
    groups keep features that ten categories alone would discard (Ji et al. 2019, section 3.2).
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
            Flatten(),
            nn.Linear(wide * size, self.hidden, bias=False),
            nn.BatchNorm1d(self.hidden),
            nn.LeakyReLU(0.1),
        ]


class Encoding(NamedTuple):
    """`codes` as a `Reading`; `overclusters` logits `(n, overclusters)`, None where there is no such head."""

    codes: Reading
    overclusters: Tensor | None


class Encoder(nn.Module):
    """Images float32 `(n, C, H, W)` in [-1, 1] -> `Encoding`."""

    def __init__(self, config: EncoderConfig, spec: LatentSpec, shape: ImageShape) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*config.trunk(shape))
        self.head = CodeHead(config.codes, spec, config.hidden)
        self.overclusters = nn.Linear(config.hidden, config.overclusters) if config.overclusters else None

    def forward(self, images: Tensor) -> Encoding:
        features = self.trunk(images)
        return Encoding(self.head(features), self.overclusters(features).float() if self.overclusters else None)


def _block(narrow: int, wide: int, kernel: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(narrow, wide, kernel, stride, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.1)
