"""Alignment: give an unsupervised run's categories their labels, and fold the order into the weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from latent.card import Alignment, Control
from latent.spec import Categorical, Continuous, LatentSpec
from trainer.data.sampler import to_float
from trainer.metrics.morphology import FACTORS


@torch.no_grad()
def read_category(networks: nn.ModuleDict, code: str, images: Tensor) -> NDArray[np.int64]:
    """The category Q reads in each image: uint8 `(n, C, H, W)` -> int64 `(n,)`.

    Q is the encoder where there is one, else the head on the discriminator's trunk.
    """
    networks.eval()
    parts = []
    for part in images.split(1000):
        real = to_float(part)
        if "encoder" in networks:
            reading = networks["encoder"](real).codes
        else:
            reading = networks["code_head"](networks["discriminator"](real).features)
        parts.append(reading[code].argmax(1).cpu().numpy())
    networks.train()
    return np.concatenate(parts)


def assign(categories: NDArray[np.int64], labels: NDArray[np.int64], size: int) -> tuple[NDArray[np.intp], Alignment]:
    """The one-to-one map from labels to categories that explains most images (Kuhn 1955, the Hungarian method).

    Returns `order`, where `order[label]` is the category that draws it, and what the card says of it.
    `categories` and `labels` int64 `(n,)`, both below `size`.
    """
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (labels, categories), 1)
    rows, order = linear_sum_assignment(counts, maximize=True)
    alignment = Alignment(
        method="hungarian",
        labelled_images=len(labels),
        accuracy=float(counts[rows, order].sum() / len(labels)),
    )
    return order, alignment


@torch.no_grad()
def fold_order(first: nn.Linear, spec: LatentSpec, code: str, order: NDArray[np.intp]) -> None:
    """Reorder the columns of the generator's first layer, so that value `k` of `code` does what `order[k]` did."""
    at = spec.slices[code]
    first.weight[:, at] = first.weight[:, at][:, torch.from_numpy(order)]


@torch.no_grad()
def fold_continuous(first: nn.Linear, spec: LatentSpec, moves: dict[str, tuple[str, int]]) -> None:
    """Let each continuous code do what another did, or its opposite: `{"c2": ("c3", -1)}`."""
    columns = {code: first.weight[:, spec.slices[source]] * sign for code, (source, sign) in moves.items()}
    for code, column in columns.items():
        first.weight[:, spec.slices[code]] = column


def named(spec: LatentSpec, code: str, labels: tuple[str, ...]) -> LatentSpec:
    """`spec` with `labels` on the categorical `code`."""
    variables = tuple(
        v.model_copy(update={"labels": labels}) if v.name == code and isinstance(v, Categorical) else v for v in spec
    )
    return LatentSpec(variables=variables)


def orientation(spec: LatentSpec, measured: Mapping[str, Control]) -> dict[str, tuple[str, int]]:
    """How to turn the continuous codes so that they move the factors in `FACTORS`' order, each upwards.

    What `fold_continuous` takes. Codes whose ranges differ, or do not lie about zero, cannot change places or sign
    within the first layer's weights; then nothing is turned.
    """
    continuous = [v for v in spec if isinstance(v, Continuous)]
    if any(v.low != -v.high or v.high != continuous[0].high for v in continuous):
        return {}
    sources = sorted((v.name for v in continuous), key=lambda name: FACTORS.index(measured[name].factor))
    signs = (-1 if measured[name].spearman[measured[name].factor] < 0 else 1 for name in sources)
    return {v.name: move for v, move in zip(continuous, zip(sources, signs, strict=True), strict=True)}
