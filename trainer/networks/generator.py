"""The generator: latent -> image. What its layers are is its recipe's choice, one kind a file."""

from __future__ import annotations

from typing import Literal, cast

from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.networks.layers import Config
from trainer.networks.stack import ConditionalAffine, Stack

GeneratorNorm = Literal["batch", "none"]


class Generator(nn.Module):
    """Latents float32 `(n, dim)` -> images float32 `(n, C, H, W)` in [-1, 1].

    The whole latent enters the first layer, so every code is concatenated to the noise; the code `condition`, where
    there is one, reaches the conditioned layers as well.
    """

    def __init__(self, layers: Stack, spec: LatentSpec, condition: str | None = None) -> None:
        super().__init__()
        self.layers = layers
        self._condition = spec.slices[condition] if condition else None

    @property
    def first(self) -> nn.Linear:
        """The layer that sees the whole latent: what renames or reorders codes is folded into it."""
        return cast(nn.Linear, self.layers[0])

    def forward(self, latents: Tensor) -> Tensor:
        images: Tensor = self.layers(latents, None if self._condition is None else latents[:, self._condition])
        return images


class GeneratorConfig(Config):
    """What every generator's recipe may say.

    `conditional_norm` names a categorical code that chooses the gain and bias of each BatchNorm of feature maps.
    """

    kind: str
    norm: GeneratorNorm = "batch"
    conditional_norm: str | None = None

    def build(self, spec: LatentSpec, shape: ImageShape) -> Generator:
        """The network, freshly initialised from torch's global stream."""
        return Generator(Stack(*self.layers(spec, shape)), spec, self.conditional_norm)

    def layers(self, spec: LatentSpec, shape: ImageShape) -> list[nn.Module]:
        """From latents `(n, dim)` to images; the first is a `Linear` that sees the whole latent."""
        raise NotImplementedError

    def normalise(self, channels: int, spec: LatentSpec) -> list[nn.Module]:
        """What stands behind a convolution, if anything."""
        if self.norm == "none":
            return []
        if self.conditional_norm is None:
            return [nn.BatchNorm2d(channels)]
        size = spec[self.conditional_norm].width
        return [nn.BatchNorm2d(channels, affine=False), ConditionalAffine(channels, size)]
