"""Alignment: an unsupervised run's codes are matched to labels and factors, and permuted in the weights accordingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latent import codes
from latent.card import Control
from latent.codes import Latents
from latent.spec import Categorical, Continuous, LatentSpec
from trainer.config.recipe import RecipeError
from trainer.data.sampler import to_float
from trainer.metrics.morphology import FACTORS
from trainer.networks.discriminator import Discriminator
from trainer.networks.generator import Generator
from trainer.networks.inference import MAX_ROWS
from trainer.networks.q_head import QHead

_TRIED = 8  # latents by which a permutation is checked
_TOLERANCE = 1e-3  # of pixels in [-1, 1]


@dataclass
class CodePermutation:
    """How the exported codes correspond to the run's own: the generator and the encoder are permuted alike.

    `categories[code][k]` is the run's value of a categorical code that is exported as value `k`. `continuous[code]` is
    the run's continuous code that is exported as `code`, and its sign: `{"c2": ("c3", -1)}`. A code that is missing is
    exported unchanged.
    """

    categories: dict[str, NDArray[np.intp]] = field(default_factory=dict)
    continuous: dict[str, tuple[str, int]] = field(default_factory=dict)


def predicted_codes(networks: nn.ModuleDict) -> set[str]:
    """The codes that a network predicts from an image alone: the encoder, or the Q head.

    A discriminator to whose image a code is concatenated computes no features of an image alone.
    """
    codes = set(code_heads(networks, "encoder"))
    if not cast(Discriminator, networks["discriminator"]).concatenates:
        codes |= set(code_heads(networks, "q_head"))
    return codes


def code_heads(networks: nn.ModuleDict, role: str) -> nn.ModuleDict:
    """The heads of the network `role` by the code that each predicts; none where there is no such network."""
    if role not in networks:
        return nn.ModuleDict()
    network = networks[role]
    return cast(QHead, network.head if role == "encoder" else network).heads


@torch.no_grad()
def predict_categories(networks: nn.ModuleDict, code: str, images: Tensor) -> NDArray[np.int64]:
    """The most likely value of the categorical `code` for each image: uint8 `(n, C, H, W)` -> int64 `(n,)`.

    By the encoder where it predicts the code, otherwise by the Q head: one of them does, see `predicted_codes`.
    """
    networks.eval()
    parts = []
    for chunk in images.split(MAX_ROWS):
        real = to_float(chunk)
        if code in code_heads(networks, "encoder"):
            prediction = networks["encoder"](real).codes
        else:
            prediction = networks["q_head"](networks["discriminator"](real).features)
        parts.append(prediction[code].argmax(1).cpu().numpy())
    networks.train()
    return np.concatenate(parts)


@torch.no_grad()
def permute_categories(generator: Generator, spec: LatentSpec, code: str, order: NDArray[np.intp]) -> None:
    """Permute the columns of every weight that takes `code`, so that its value `k` does what `order[k]` did.

    Raises:
        RecipeError: the generator, a class of one's own, also uses the code in another way.
    """
    latents = codes.draw(spec, 0, range(_TRIED))
    before = latents.copy()
    before[:, np.arange(spec.dim)[spec.slices[code]][order]] = latents[:, spec.slices[code]]
    expected = _draw(generator, before)
    for weight in generator.weights_of(code):
        weight.copy_(weight[:, torch.from_numpy(order)])
    _check_permuted(code, _draw(generator, latents), expected)


@torch.no_grad()
def permute_continuous(generator: Generator, spec: LatentSpec, continuous: Mapping[str, tuple[str, int]]) -> None:
    """Permute the columns of continuous codes and change their signs: see `CodePermutation.continuous`.

    Raises:
        RecipeError: as `permute_categories`.
    """
    latents = codes.draw(spec, 0, range(_TRIED))
    before = latents.copy()
    for code, (source, sign) in continuous.items():
        before[:, spec.slices[source]] = latents[:, spec.slices[code]] * sign
    expected = _draw(generator, before)
    weights = {
        code: [weight * sign for weight in generator.weights_of(source)] for code, (source, sign) in continuous.items()
    }
    for code, permuted in weights.items():
        for weight, values in zip(generator.weights_of(code), permuted, strict=True):
            weight.copy_(values)
    _check_permuted(", ".join(continuous), _draw(generator, latents), expected)


def _draw(generator: Generator, latents: Latents) -> Tensor:
    images: Tensor = generator(torch.from_numpy(latents).to(generator.input_layer.weight.device))
    return images


def _check_permuted(code: str, images: Tensor, expected: Tensor) -> None:
    if not torch.allclose(images, expected, rtol=0, atol=_TOLERANCE):
        raise RecipeError(
            f"networks.generator: {code} cannot be exported in another order, because the generator uses it outside "
            "its input layer and its layers of class ConditionalAffine"
        )


def with_labels(spec: LatentSpec, code: str, labels: tuple[str, ...]) -> LatentSpec:
    """`spec` with `labels` as the names of the values of the categorical `code`."""
    variables = tuple(
        v.model_copy(update={"labels": labels}) if v.name == code and isinstance(v, Categorical) else v for v in spec
    )
    return LatentSpec(variables=variables)


def order_by_factor(spec: LatentSpec, controls: Mapping[str, Control]) -> dict[str, tuple[str, int]]:
    """The permutation that sorts continuous codes by the factor they control, in the order of `FACTORS`.

    Each exported code increases with its factor. The result is `CodePermutation.continuous`. It is empty where the
    ranges of the codes differ or are not symmetric about zero, because the weights alone cannot exchange such codes or
    change their signs.
    """
    continuous = [v for v in spec if isinstance(v, Continuous)]
    if any(v.low != -v.high or v.high != continuous[0].high for v in continuous):
        return {}
    sources = sorted((v.name for v in continuous), key=lambda name: FACTORS.index(controls[name].factor))
    signs = (-1 if controls[name].spearman[controls[name].factor] < 0 else 1 for name in sources)
    return {v.name: source for v, source in zip(continuous, zip(sources, signs, strict=True), strict=True)}
