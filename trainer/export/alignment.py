"""Alignment: an unsupervised run's codes are matched to labels and factors, and permuted in the weights accordingly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latent.card import Control
from latent.spec import Categorical, Continuous, LatentSpec
from trainer.data.sampler import to_float
from trainer.metrics.morphology import FACTORS

_CHUNK = 1000  # images per forward pass


@dataclass
class CodePermutation:
    """How the exported codes correspond to the run's own: the generator and the encoder are permuted alike.

    `categories[code][k]` is the run's value of a categorical code that is exported as value `k`. `continuous[code]` is
    the run's continuous code that is exported as `code`, and its sign: `{"c2": ("c3", -1)}`. A code that is missing is
    exported unchanged.
    """

    categories: dict[str, NDArray[np.intp]] = field(default_factory=dict)
    continuous: dict[str, tuple[str, int]] = field(default_factory=dict)


@torch.no_grad()
def predict_categories(networks: nn.ModuleDict, code: str, images: Tensor) -> NDArray[np.int64]:
    """The most likely value of the categorical `code` for each image: uint8 `(n, C, H, W)` -> int64 `(n,)`.

    By the encoder where there is one, otherwise by the Q head.
    """
    networks.eval()
    parts = []
    for chunk in images.split(_CHUNK):
        real = to_float(chunk)
        if "encoder" in networks:
            prediction = networks["encoder"](real).codes
        else:
            prediction = networks["q_head"](networks["discriminator"](real).features)
        parts.append(prediction[code].argmax(1).cpu().numpy())
    networks.train()
    return np.concatenate(parts)


@torch.no_grad()
def permute_categories(input_layer: nn.Linear, spec: LatentSpec, code: str, order: NDArray[np.intp]) -> None:
    """Permute the columns of the generator's input layer, so that value `k` of `code` does what `order[k]` did."""
    columns = spec.slices[code]
    input_layer.weight[:, columns] = input_layer.weight[:, columns][:, torch.from_numpy(order)]


@torch.no_grad()
def permute_continuous(input_layer: nn.Linear, spec: LatentSpec, continuous: Mapping[str, tuple[str, int]]) -> None:
    """Permute the columns of continuous codes and change their signs: see `CodePermutation.continuous`."""
    columns = {code: input_layer.weight[:, spec.slices[source]] * sign for code, (source, sign) in continuous.items()}
    for code, column in columns.items():
        input_layer.weight[:, spec.slices[code]] = column


def with_labels(spec: LatentSpec, code: str, labels: tuple[str, ...]) -> LatentSpec:
    """`spec` with `labels` as the names of the values of the categorical `code`."""
    variables = tuple(
        v.model_copy(update={"labels": labels}) if v.name == code and isinstance(v, Categorical) else v for v in spec
    )
    return LatentSpec(variables=variables)


def order_by_factor(spec: LatentSpec, controls: Mapping[str, Control]) -> dict[str, tuple[str, int]]:
    """The permutation that sorts continuous codes by the factor they control, in the order of `FACTORS`.

    Each exported code increases with its factor. The result is `CodePermutation.continuous`. It is empty where the
    ranges of the codes differ or are not symmetric about zero, because the weights of the input layer alone cannot
    exchange such codes or change their signs.
    """
    continuous = [v for v in spec if isinstance(v, Continuous)]
    if any(v.low != -v.high or v.high != continuous[0].high for v in continuous):
        return {}
    sources = sorted((v.name for v in continuous), key=lambda name: FACTORS.index(controls[name].factor))
    signs = (-1 if controls[name].spearman[controls[name].factor] < 0 else 1 for name in sources)
    return {v.name: source for v, source in zip(continuous, zip(sources, signs, strict=True), strict=True)}
