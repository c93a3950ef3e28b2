"""The discriminator: image -> score and features. What its trunk is made of is its recipe's choice, one kind a file."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.data.affine import Affine
from trainer.networks.layers import Config, maybe_spectral


class Verdict(NamedTuple):
    """What the discriminator says of `n` images: `score` `(n,)`, real above fake; `features` `(n, f)`."""

    score: Tensor
    features: Tensor


class DiscriminatorConfig(Config):
    """What every discriminator's recipe may say.

    `norm`: `batch`, BatchNorm everywhere but at the input (Radford et al. 2016); `spectral`, every layer's spectral
    norm held at 1 (Miyato et al. 2018); `none`, for critics held by a penalty on their gradient.
    `concatenates` names a code that is joined to the image as constant planes (Mirza and Osindero 2014); `projects`
    one whose embedding is multiplied with the features (Miyato and Koyama 2018, equation 3).
    `augment` changes every image first, real and generated alike: the discriminator cannot learn the data by heart,
    and the generator does not learn the changes (Zhao et al. 2020).
    """

    kind: str
    hidden: int = 1024
    norm: Literal["batch", "spectral", "none"] = "batch"
    concatenates: str | None = None
    projects: str | None = None
    augment: Affine | None = None

    @property
    def condition(self) -> str | None:
        """The code it must be told of, if any."""
        return self.concatenates or self.projects

    def build(self, spec: LatentSpec, shape: ImageShape) -> Discriminator:
        """The network, freshly initialised from torch's global stream."""
        return Discriminator(self, spec, shape)

    def features(self, shape: ImageShape) -> int:
        """How many features the trunk gives of an image."""
        return self.hidden

    def trunk(self, channels: int, height: int, width: int) -> list[nn.Module]:
        """From images `(n, channels, height, width)` to features `(n, features)`."""
        raise NotImplementedError


class Discriminator(nn.Module):
    """Images float32 `(n, C, H, W)` in [-1, 1], and the code it is conditioned on `(n, size)` -> `Verdict`."""

    def __init__(self, config: DiscriminatorConfig, spec: LatentSpec, shape: ImageShape) -> None:
        super().__init__()
        self.condition, self._augment = config.condition, config.augment
        self.concatenates = config.concatenates is not None
        planes = spec[config.concatenates].width if config.concatenates else 0
        spectral = config.norm == "spectral"
        self.trunk = nn.Sequential(*config.trunk(shape.channels + planes, shape.height, shape.width))
        self.features = config.features(shape)
        self.score = maybe_spectral(nn.Linear(self.features, 1), spectral)
        self.embedding = (
            maybe_spectral(nn.Linear(spec[config.projects].width, self.features, bias=False), spectral)
            if config.projects
            else None
        )

    def forward(self, images: Tensor, condition: Tensor | None = None) -> Verdict:
        if self._augment and self.training:
            images = self._augment(images)
        if condition is not None and self.concatenates:
            planes = condition[:, :, None, None].expand(-1, -1, *images.shape[2:])
            images = torch.cat([images, planes.to(images.dtype)], 1)
        features = self.trunk(images)
        score = self.score(features).squeeze(1)
        if condition is not None and self.embedding is not None:
            score = score + (self.embedding(condition) * features).sum(1)
        return Verdict(score, features)
