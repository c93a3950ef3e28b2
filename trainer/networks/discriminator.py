"""The discriminator: image -> score and features. The recipe chooses the kind of its trunk."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from pydantic import Field
from torch import Tensor, nn

from latent.card import ImageShape
from latent.spec import LatentSpec
from trainer.data.augmentation import RandomAffine
from trainer.networks.layers import NetworkConfig, maybe_spectral
from trainer.networks.pair_head import PairHead
from trainer.runtime import distributed


class DiscriminatorOutput(NamedTuple):
    """The output for `n` images: `score` `(n,)`, higher for real images, and `features` `(n, f)`."""

    score: Tensor
    features: Tensor


class DiscriminatorConfig(NetworkConfig):
    """The options of every discriminator.

    `norm`: `batch`, BatchNorm everywhere but at the input (Radford et al. 2016); `spectral`, spectral normalisation of
    every layer (Miyato et al. 2018); `none`, for critics with a gradient penalty.
    `concatenates` names a code that is concatenated to the image as constant planes (Mirza and Osindero 2014);
    `projects` one whose embedding is multiplied with the features (Miyato and Koyama 2018, equation 3).
    `augment` is applied to real and generated images: the discriminator cannot memorise the data, and the generator
    does not learn the augmentation (Zhao et al. 2020).
    """

    kind: str
    hidden: int = 1024
    norm: Literal["batch", "spectral", "none"] = "batch"
    concatenates: str | None = None
    projects: str | None = None
    augment: RandomAffine | None = None
    pair_features: int = Field(0, ge=0, description="Width of the pair head's embedding; 0: there is no pair head.")

    @property
    def condition(self) -> str | None:
        """The code that the discriminator is conditioned on, if any."""
        return self.concatenates or self.projects

    def build(self, spec: LatentSpec, shape: ImageShape) -> Discriminator:
        """The network, initialised from torch's global random generator."""
        return Discriminator(self, spec, shape)

    def features(self, shape: ImageShape) -> int:
        """The number of features that the trunk computes for an image."""
        return self.hidden

    def trunk(self, channels: int, height: int, width: int) -> list[nn.Module]:
        """The layers from images `(n, channels, height, width)` to features `(n, features)`."""
        raise NotImplementedError


class Discriminator(nn.Module):
    """Images float32 `(n, C, H, W)` in [-1, 1] and, if conditional, the code `(n, size)` -> `DiscriminatorOutput`."""

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
        self.pair_head = PairHead(self.features, config.pair_features) if config.pair_features else None

    def forward(self, images: Tensor, condition: Tensor | None = None) -> DiscriminatorOutput:
        if self._augment and self.training:
            images = self._augment(images, distributed.rand)
        if condition is not None and self.concatenates:
            planes = condition[:, :, None, None].expand(-1, -1, *images.shape[2:])
            images = torch.cat([images, planes.to(images.dtype)], 1)
        features = self.trunk(images)
        score = self.score(features).squeeze(1)
        if condition is not None and self.embedding is not None:
            score = score + (self.embedding(condition) * features).sum(1)
        return DiscriminatorOutput(score, features)
