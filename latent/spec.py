"""LatentSpec: the variables of a generator's input, their order and their priors."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

NOISE_LIMIT = 10.0
"""Largest absolute value of a noise number that a request may set, in standard deviations.

A draw from a normal distribution exceeds it with probability 1.5e-23.
"""

STYLE = "style"
"""Name of the noise variable that the images of one writer share."""

BLEND_TOLERANCE = 1e-3
"""A request may blend categories: numbers from 0 to 1 whose sum differs from 1 by less than this."""


def nfc(text: str) -> str:
    """A text in Unicode's composed form (NFC): however its accents were typed, the same text is the same string."""
    return unicodedata.normalize("NFC", text)


ComposedText = Annotated[str, AfterValidator(nfc)]
"""A text that is compared with other texts, such as a label: in Unicode's composed form."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class _Variable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name


class Noise(_Variable):
    """Incompressible noise (Chen et al. 2016, "InfoGAN"): `size` independent draws from a standard normal."""

    kind: Literal["noise"] = "noise"
    name: Name = "z"
    size: int = Field(ge=1, le=4096)

    @property
    def width(self) -> int:
        """Numbers it takes in a latent vector."""
        return self.size

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that a request may set each number to."""
        return -NOISE_LIMIT, NOISE_LIMIT


class Categorical(_Variable):
    """One of `size` values, uniform prior, one-hot in the latent.

    `labels[k]` names what value `k` draws, e.g. `"7"`; empty before the values are matched to labels.
    """

    kind: Literal["categorical"] = "categorical"
    size: int = Field(ge=2, le=4096)
    labels: tuple[ComposedText, ...] = ()

    @model_validator(mode="after")
    def _labels_name_every_value_once(self) -> Categorical:
        if self.labels and (len(self.labels) != self.size or len(set(self.labels)) != self.size):
            raise ValueError(f"{self.name}: labels must be empty or {self.size} different names")
        return self

    @property
    def width(self) -> int:
        """Numbers it takes in a latent vector."""
        return self.size

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value of each number of a one-hot vector or a blend."""
        return 0.0, 1.0


class Continuous(_Variable):
    """One number, uniform prior on `[low, high]`.

    `factor` is the measured property of the image that it controls, e.g. `"slant"`; empty before it is measured.
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
        """Numbers it takes in a latent vector."""
        return 1

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest value that a request may set: three times the prior's range, with the same centre."""
        centre, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        return centre - 3 * half, centre + 3 * half


Variable = Annotated[Noise | Categorical | Continuous, Field(discriminator="kind")]


class LatentSpec(BaseModel):
    """The variables of a latent, in order.

    A *full vector* is all variables concatenated, `dim` numbers; a *code vector* omits the noise, `code_dim` numbers.
    For the MNIST InfoGAN: 62 + 10 + 1 + 1 = 74 and 12. Names are unique. At most two variables are noise: the one named
    `style` is what the images of one writer have in common, the other what differs from one image to the next.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    variables: tuple[Variable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_unique(self) -> LatentSpec:
        names = [variable.name for variable in self.variables]
        if len(set(names)) != len(names):
            raise ValueError(f"variable names must differ, got {names}")
        noises = [variable.name for variable in self.variables if isinstance(variable, Noise)]
        if len(noises) > 2 or (len(noises) == 2 and STYLE not in noises):
            raise ValueError(f"a latent has one noise variable, and beside it one named {STYLE!r}; got {noises}")
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
        """The columns of each variable in a full vector, by name."""
        slices, start = {}, 0
        for variable in self.variables:
            slices[variable.name] = slice(start, start + variable.width)
            start += variable.width
        return slices

    @cached_property
    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest numbers that a request may set in a full vector, float64 `(dim,)` each."""
        low, high = zip(*(v.limits for v in self for _ in range(v.width)), strict=True)
        return np.array(low), np.array(high)

    @cached_property
    def categorical_mask(self) -> NDArray[np.float64]:
        """float64 `(dim, categoricals)`: 1 where a number of a full vector belongs to that categorical, else 0."""
        mask = np.zeros((self.dim, sum(isinstance(v, Categorical) for v in self)))
        for i, variable in enumerate(v for v in self if isinstance(v, Categorical)):
            mask[self.slices[variable.name], i] = 1.0
        return mask

    @cached_property
    def dim(self) -> int:
        """Length of a full vector."""
        return sum(variable.width for variable in self.variables)

    @cached_property
    def code_dim(self) -> int:
        """Length of a code vector: every variable except the noises."""
        return sum(variable.width for variable in self.codes)

    @cached_property
    def noises(self) -> tuple[Noise, ...]:
        """The noise variables, in order."""
        return tuple(v for v in self.variables if isinstance(v, Noise))

    @cached_property
    def style(self) -> Noise | None:
        """The noise that the images of one writer share; None in a latent without it."""
        return next((v for v in self.noises if v.name == STYLE), None)

    @cached_property
    def codes(self) -> tuple[Categorical | Continuous, ...]:
        """Every variable except the noises, in order."""
        return tuple(v for v in self.variables if not isinstance(v, Noise))

    @cached_property
    def readable(self) -> tuple[Variable, ...]:
        """What an encoder may read off an image: the codes and the style, in order."""
        return tuple(v for v in self.variables if not isinstance(v, Noise) or v.name == STYLE)

    @cached_property
    def labelled(self) -> Categorical | None:
        """The first categorical variable that has labels: the one that `label` in a request sets; None without one."""
        return next((v for v in self.variables if isinstance(v, Categorical) and v.labels), None)

    def layout(self, *, noise: bool = True) -> str:
        """The order of a full vector, or without `noise` of a code vector, as text: `z[62] + c1[10] + c2 + c3`."""
        parts = [f"{v.name}[{v.width}]" if v.width > 1 else v.name for v in (self.variables if noise else self.codes)]
        return " + ".join(parts)
