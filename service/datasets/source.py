"""What the samples of a data set are generated from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, CodeError, LatentSpec, ModelCard
from service.datasets.rejection_sampling import Classify


@dataclass(frozen=True)
class LabelVerifier:
    """A verifier of a model's labels: its `version`, `name@sha256[:12]`, and its accuracy on real images.

    `confusable` bool `(k, k)` is `VerifierCard.confusable` of the model's labels; None where none are.
    """

    version: str
    accuracy: float
    classify: Classify
    confusable: NDArray[np.bool_] | None = None

    @property
    def digest(self) -> str:
        """The `sha256[:12]` of its version."""
        return self.version.partition("@")[2]


@dataclass(frozen=True)
class DatasetSource:
    """A generator, by its card and its file's `sha256` (hexadecimal), and the verifier of its labels, if it has one."""

    card: ModelCard
    sha256: str
    verifier: LabelVerifier | None = None

    @property
    def latent(self) -> LatentSpec:
        return self.card.latent

    @property
    def version(self) -> str:
        """The generator and its file's digest: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.sha256[:12]}"

    @property
    def labelled(self) -> Categorical:
        """The variable that carries the labels.

        Raises:
            CodeError: there is none.
        """
        if self.latent.labelled is None:
            raise CodeError("model", self.card.name, "has no labels; a data set needs a model that has")
        return self.latent.labelled

    @cached_property
    def label_numbers(self) -> Mapping[str, int]:
        """The number of each label.

        Raises:
            CodeError: there are no labels.
        """
        return {label: number for number, label in enumerate(self.labelled.labels)}
