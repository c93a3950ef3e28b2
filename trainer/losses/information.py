"""The mutual information between codes and generated images: InfoGAN's variational lower bound."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from latent.spec import Categorical, LatentSpec, Variable
from trainer.data.augmentation import RandomAffine
from trainer.losses.base import BaseLoss
from trainer.losses.step import Step
from trainer.networks.q_head import CodePrediction, gaussian_parameters
from trainer.runtime import distributed


class Information(BaseLoss):
    """-E log Q(c | G(z, c)), in nats: minus the lower bound of the mutual information, up to the codes' entropy.

    Chen et al. 2016, equation 5: cross-entropy for categorical codes; for continuous codes a Gaussian whose mean and
    variance Q predicts. `network` is Q: the Q head on the discriminator's features, or the encoder.
    `into_trunk = false` stops the gradient before the discriminator's trunk. `augment` is applied to the encoder's
    images first, so that the codes must control features that the augmentation preserves.
    """

    kind: Literal["information"]
    network: Literal["q_head", "encoder"]
    codes: tuple[str, ...]
    into_trunk: bool = True
    augment: RandomAffine | None = None

    @property
    def title(self) -> str:
        return f"information-{'-'.join(self.codes)}{'-augmented' if self.augment else ''}"

    def __call__(self, step: Step) -> Tensor:
        if self.network == "q_head":
            features = step.fake_output.features
            prediction = step.predict_codes(features if self.into_trunk else features.detach())
        else:
            images = self.augment(step.fake, distributed.rand) if self.augment else step.fake
            prediction = step.encode(images).codes
        return torch.stack([code_likelihood(prediction, step.spec, step.latents, code) for code in self.codes]).sum()


def code_likelihood(prediction: CodePrediction, spec: LatentSpec, latents: Tensor, code: str) -> Tensor:
    """-log Q(code | image) of `code` in `latents` `(n, dim)`: see `negative_log_likelihood`."""
    return negative_log_likelihood(prediction, spec[code], latents[:, spec.slices[code]])


def negative_log_likelihood(prediction: CodePrediction, variable: Variable, values: Tensor) -> Tensor:
    """-log Q(code | image) of a variable's `values` `(n, width)`: a scalar, the mean over the batch, in nats.

    Of a style it is the mean over its numbers too.
    """
    if isinstance(variable, Categorical):
        return F.cross_entropy(prediction[variable.name], values)
    mean, log_variance = gaussian_parameters(prediction[variable.name])
    squared = (values - mean).square() * (-log_variance).exp()
    return 0.5 * (math.log(2 * math.pi) + log_variance + squared).mean()
