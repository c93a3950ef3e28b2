"""Codes that a spec fixes or bounds: `c3=0.5`, `c2=-1..1`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from latent import Categorical, CodeError, Continuous, LatentSpec, codes
from latent.codes import Latents

CodeRanges = Mapping[str, tuple[float, float]]
"""The least and the greatest value of each code, by name. For a categorical both are its value."""


def parse(spec: LatentSpec, extra: Mapping[str, str], parameters: Collection[str]) -> CodeRanges:
    """Parse the ranges of codes in `extra`, by code. `parameters` are the names of the spec's own parameters.

    Raises:
        CodeError: a name that is neither a parameter nor a code, or a range outside the code's limits.
    """
    ranges = {}
    for name, text in extra.items():
        variable = next((v for v in spec.codes if v.name == name), None)
        if variable is None or variable is spec.labelled:
            free = ", ".join(v.name for v in spec.codes if v is not spec.labelled)
            known = f"the parameters are {', '.join(parameters)}" + (f", and the codes {free}" if free else "")
            raise CodeError(name, text, f"unknown; {known}")
        ranges[name] = _parse_range(variable, text)
    return ranges


def _parse_range(variable: Categorical | Continuous, text: str) -> tuple[float, float]:
    low, dots, high = text.partition("..")
    try:
        first, last = float(low), float(high if dots else low)
    except ValueError:
        first = last = math.nan
    if isinstance(variable, Categorical):
        if first == last and first in range(variable.size):
            return first, last
        raise CodeError(variable.name, text, f"must be a whole number from 0 to {variable.size - 1}")
    least, most = variable.limits
    if not least <= first <= last <= most:
        raise CodeError(variable.name, text, f"must be a number from {least:g} to {most:g}, or a range of such: -1..1")
    return first, last


def apply(spec: LatentSpec, latents: Latents, ranges: CodeRanges) -> None:
    """Map codes that were drawn from their priors into `ranges`, linearly and in place; set the fixed categories."""
    for name, (first, last) in ranges.items():
        variable = spec[name]
        if isinstance(variable, Continuous):
            column = spec.slices[name].start
            share = (latents[:, column] - variable.low) / (variable.high - variable.low)
            latents[:, column] = first + share * (last - first)
        else:
            codes.assign(spec, latents, {name: int(first)}, "")
