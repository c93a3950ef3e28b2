"""How often each label occurs in a data set, and which label each sample gets."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, codes, philox
from service.datasets import item_list

_STREAM = 2**32  # of a seed; the streams below are those of attempts
_LISTED = 20  # unknown labels that an error names


@dataclass(frozen=True)
class Balance:
    """The `values` of a categorical that are drawn, and their `weights`, which sum to 1.

    Without weights all values are drawn equally often, exactly.
    """

    values: tuple[int, ...]
    weights: tuple[float, ...] | None = None

    def draw(self, seed: int, indices: range) -> NDArray[np.intp]:
        """The value of each of these samples, `(len(indices),)`.

        With k values and no weights, every block of k samples, counted from sample 0, has each value once.
        """
        values = np.array(self.values)
        key = philox.stream(seed, _STREAM)
        if self.weights:
            u = philox.uniforms(key, indices, 1)[:, 0]
            return np.asarray(values[np.searchsorted(np.cumsum(self.weights)[:-1], u, side="right")])
        k = len(values)
        first, last = indices.start // k, (indices.stop - 1) // k
        order = philox.uniforms(key, range(first, last + 1), k).argsort(axis=1).ravel()
        return np.asarray(values[order[indices.start - first * k : indices.stop - first * k]])


def parse(variable: Categorical, labels: str | None, balance: str) -> Balance:
    """Parse a spec's `labels` and `balance`.

    Raises:
        CodeError: an unknown or repeated label, a bad weight, or labels given in both parameters.
    """
    if balance == "uniform":
        named = variable.labels if labels is None else item_list.split(labels, "labels")
        values = [codes.category(variable, name, "labels") for name in named]
        if len(set(values)) < len(values):
            raise CodeError("labels", labels, "must name every label once")
        return Balance(tuple(values))
    if labels is not None:
        raise CodeError("labels", labels, "cannot be combined with `balance`, which names the labels")
    kind, _, text = balance.partition(":")
    return _shares(variable, Counter(text) if kind == "corpus" else _weights(balance), balance)


def _weights(balance: str) -> dict[str, float]:
    expected = "must be `uniform`, `corpus:TEXT`, or weights from 0 on, each label once: `7:2,1:0.5`"
    return item_list.weights(balance, "balance", expected)


def _shares(variable: Categorical, weights: Mapping[str, float], balance: str) -> Balance:
    unknown: Sequence[str] = sorted(set(weights) - set(variable.labels))
    if unknown:
        known = ", ".join(variable.labels)
        raise CodeError("balance", balance, f"names {', '.join(map(repr, unknown[:_LISTED]))}; the labels are {known}")
    total = sum(weights.values())
    if not 0 < total < math.inf:
        raise CodeError("balance", balance, "must have a weight above 0, and a finite sum of them")
    # In the order of the model's labels, so that the order in which weights are written makes no difference.
    drawn = [label for label in variable.labels if weights.get(label)]
    shares = tuple(weights[label] / total for label in drawn)
    return Balance(tuple(map(variable.labels.index, drawn)), shares)
