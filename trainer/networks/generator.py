"""The generator: latent -> image. The recipe chooses the kind of its layers; each kind has a module of its own."""

from __future__ import annotations

from typing import Literal, cast

from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import Categorical, LatentSpec
from trainer.networks.conditional_stack import ConditionalAffine, Stack
from trainer.networks.layers import NetworkConfig

GeneratorNorm = Literal["batch", "none"]


class Generator(nn.Module):
    """Latents float32 `(n, dim)` -> images float32 `(n, C, H, W)` in [-1, 1].

    The first layer takes the whole latent, so every code is concatenated to the noise. The categorical code
    `condition`, if there is one, is also passed to the conditional layers.
    """

    def __init__(self, layers: Stack, spec: LatentSpec, condition: str | None = None) -> None:
        super().__init__()
        self.layers = layers
        self._slices, self._condition = spec.slices, condition

    @property
    def input_layer(self) -> nn.Linear:
        """The layer that takes the whole latent."""
        return cast(nn.Linear, self.layers[0])

    def weights_of(self, code: str) -> list[Tensor]:
        """Every weight that multiplies `code`, `(outputs, width)` each, one column per number of the code.

        They are views of the parameters: reordering their columns reorders the code's values.
        """
        weights = [self.input_layer.weight[:, self._slices[code]]]
        if code == self._condition:
            weights += [layer.table.weight for layer in self.modules() if isinstance(layer, ConditionalAffine)]
        return weights

    def forward(self, latents: Tensor) -> Tensor:
        condition = None if self._condition is None else latents[:, self._slices[self._condition]]
        images: Tensor = self.layers(latents, condition)
        return images


class GeneratorConfig(NetworkConfig):
    """The options of every generator.

    `conditional_norm` names a categorical code that selects the scale and shift of each BatchNorm of feature maps.
    """

    kind: str
    norm: GeneratorNorm = "batch"
    conditional_norm: str | None = None

    def build(self, spec: LatentSpec, shape: ImageShape) -> Generator:
        """The network, initialised from torch's global random generator."""
        return Generator(Stack(*self.layers(spec, shape)), spec, self.conditional_norm)

    def check(self, spec: LatentSpec) -> None:
        """Check that these options fit the latent.

        Raises:
            ValueError: `conditional_norm` names no categorical code; the message names the key.
        """
        categorical = [variable.name for variable in spec if isinstance(variable, Categorical)]
        if self.conditional_norm is not None and self.conditional_norm not in categorical:
            known = f"the categorical codes are {', '.join(categorical) or 'none'}"
            raise ValueError(f"networks.generator.conditional_norm: {self.conditional_norm!r}; {known}")

    def layers(self, spec: LatentSpec, shape: ImageShape) -> list[nn.Module]:
        """The layers from latents `(n, dim)` to images; the first is a `Linear` that takes the whole latent."""
        raise NotImplementedError

    def norm_layers(self, channels: int, spec: LatentSpec) -> list[nn.Module]:
        """The normalisation of `channels` feature maps; empty where `norm` is "none"."""
        if self.norm == "none":
            return []
        if self.conditional_norm is None:
            return [nn.BatchNorm2d(channels)]
        size = spec[self.conditional_norm].width
        return [nn.BatchNorm2d(channels, affine=False), ConditionalAffine(channels, size)]
