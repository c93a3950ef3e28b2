"""What a data set is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from latent import Categorical, CodeError, LatentSpec, ModelCard
from service.datasets.rejection_sampling import Read


@dataclass(frozen=True)
class Reader:
    """A verifier of a model's labels: its `version`, `name@sha256[:12]`, and its accuracy on real images."""

    version: str
    accuracy: float
    read: Read


@dataclass(frozen=True)
class Source:
    """A generator by its card and its file's digest, hexadecimal, and who reads what it draws, if anybody can."""

    card: ModelCard
    sha256: str
    reader: Reader | None = None

    @property
    def spec(self) -> LatentSpec:
        return self.card.latent

    @property
    def version(self) -> str:
        """Which generator exactly: `name@sha256[:12]`."""
        return f"{self.card.name}@{self.sha256[:12]}"

    @property
    def labelled(self) -> Categorical:
        """The variable that carries the labels.

        Raises:
            CodeError: there is none.
        """
        if self.spec.labelled is None:
            raise CodeError("model", self.card.name, "has no labels; a data set needs a model that has")
        return self.spec.labelled
