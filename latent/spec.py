"""LatentSpec: which variables make up a generator's input, in which order, under which prior."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

NOISE_LIMIT = 10.0  # standard deviations; no honest draw of a normal comes near it
BLEND = 1e-3  # a blend of categories sums to less than this from 1

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class _Variable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name


class Noise(_Variable):
    """Incompressible noise: `size` independent draws from a standard normal."""

    kind: Literal["noise"] = "noise"
    name: Name = "z"
    size: int = Field(ge=1, le=4096)

    @property
    def width(self) -> int:
        return self.size

    @property
    def limits(self) -> tuple[float, float]:
        """The widest range of each number that a request may ask for."""
        return -NOISE_LIMIT, NOISE_LIMIT


class Categorical(_Variable):
    """One of `size` values, uniform prior, one-hot in the latent.

    `labels[k]` is what value `k` draws, e.g. `"7"`; empty where nobody has named the values yet.
    """

    kind: Literal["categorical"] = "categorical"
    size: int = Field(ge=2, le=4096)
    labels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _labels_name_every_value_once(self) -> Categorical:
        if self.labels and (len(self.labels) != self.size or len(set(self.labels)) != self.size):
            raise ValueError(f"{self.name}: labels must be empty or {self.size} different names")
        return self

    @property
    def width(self) -> int:
        return self.size

    @property
    def limits(self) -> tuple[float, float]:
        """The range of each number of a blend."""
        return 0.0, 1.0


class Continuous(_Variable):
    """One number, uniform prior on `[low, high]`.

    `factor` says which measured property of the image it moves, e.g. `"slant"`; empty where nothing was measured.
    """

    kind: Literal["continuous"] = "continuous"
    low: FiniteFloat = -1.0
    high: FiniteFloat = 1.0
    factor: str = ""

    @model_validator(mode="after")
    def _range_is_not_empty(self) -> Continuous:
        if not self.low < self.high:
            raise ValueError(f"{self.name}: low must be below high, got [{self.low}, {self.high}]")
        return self

    @property
    def width(self) -> int:
        return 1

    @property
    def limits(self) -> tuple[float, float]:
        """The widest range a request may ask for: three times the prior's, about the same centre."""
        centre, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return centre - 3 * half, centre + 3 * half


Variable = Annotated[Noise | Categorical | Continuous, Field(discriminator="kind")]


class LatentSpec(BaseModel):
    """The variables of a latent, in order.

    A *full vector* is every variable flattened, `dim` floats; a *code vector* leaves the noise out, `code_dim` floats.
    For the MNIST InfoGAN: 62 + 10 + 1 + 1 = 74 and 12.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variables: tuple[Variable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> LatentSpec:
        names = [variable.name for variable in self.variables]
        if len(set(names)) != len(names):
            raise ValueError(f"variable names must differ, got {names}")
        if sum(isinstance(variable, Noise) for variable in self.variables) > 1:
            raise ValueError("a latent has at most one noise variable")
        return self

    def __iter__(self) -> Iterator[Variable]:  # type: ignore[override]
        return iter(self.variables)

    def __getitem__(self, name: str) -> Variable:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Variable]:
        return {variable.name: variable for variable in self.variables}

    @cached_property
    def slices(self) -> dict[str, slice]:
        """Where each variable stands in a full vector."""
        slices, start = {}, 0
        for variable in self.variables:
            slices[variable.name] = slice(start, start + variable.width)
            start += variable.width
        return slices

    @cached_property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lowest and the highest that a request may ask for: of a full vector, then of its sums by `blends`.

        Float64 `(dim + categoricals,)` each.
        """
        limits = [v.limits for v in self for _ in range(v.width)]
        limits += [(np.nextafter(1 - BLEND, 1), np.nextafter(1 + BLEND, 1))] * self.blends.shape[1]
        low, high = zip(*limits, strict=True)
        return np.array(low), np.array(high)

    @cached_property
    def blends(self) -> NDArray[np.float64]:
        """Which numbers of a full vector are to sum to 1 together, float64 `(dim, categoricals)`: 1 there, else 0."""
        belongs = np.zeros((self.dim, sum(isinstance(v, Categorical) for v in self)))
        for i, variable in enumerate(v for v in self if isinstance(v, Categorical)):
            belongs[self.slices[variable.name], i] = 1.0
        return belongs

    @cached_property
    def dim(self) -> int:
        """Length of a full vector."""
        return sum(variable.width for variable in self.variables)

    @cached_property
    def code_dim(self) -> int:
        """Length of a code vector: everything but the noise."""
        return sum(variable.width for variable in self.codes)

    @cached_property
    def noise(self) -> Noise | None:
        return next((v for v in self.variables if isinstance(v, Noise)), None)

    @cached_property
    def codes(self) -> tuple[Categorical | Continuous, ...]:
        """Every variable but the noise, in order."""
        return tuple(v for v in self.variables if not isinstance(v, Noise))

    @cached_property
    def labelled(self) -> Categorical | None:
        """The first categorical variable that carries labels: what `label` in a request speaks of."""
        return next((v for v in self.variables if isinstance(v, Categorical) and v.labels), None)

    def layout(self, *, noise: bool = True) -> str:
        """Human-readable order of a vector, e.g. `z[62] + c1[10] + c2 + c3`."""
        parts = [f"{v.name}[{v.width}]" if v.width > 1 else v.name for v in (self.variables if noise else self.codes)]
        return " + ".join(parts)
