"""Codes that a query holds or bounds: `c3=0.5`, `c2=-1..1`."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from latent import Categorical, CodeError, Continuous, LatentSpec, codes
from latent.codes import Latents

Ranges = Mapping[str, tuple[float, float]]
"""Ends by code; a categorical's are both its value."""


def parse(spec: LatentSpec, extra: Mapping[str, str], parameters: Collection[str]) -> Ranges:
    """The ranges that a query's further parameters give; `parameters` are the names it knows besides.

    Raises:
        CodeError: no such parameter and no such code, or no range within the code's limits.
    """
    found = {}
    for name, text in extra.items():
        variable = next((v for v in spec.codes if v.name == name), None)
        if variable is None or variable is spec.labelled:
            free = ", ".join(v.name for v in spec.codes if v is not spec.labelled)
            known = f"the parameters are {', '.join(parameters)}" + (f", and the codes {free}" if free else "")
            raise CodeError(name, text, f"unknown; {known}")
        found[name] = _ends(variable, text)
    return found


def _ends(variable: Categorical | Continuous, text: str) -> tuple[float, float]:
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


def apply(spec: LatentSpec, latents: Latents, ranges: Ranges) -> None:
    """Move what was drawn from the priors into the ranges, in place: a code keeps its place between the ends."""
    for name, (first, last) in ranges.items():
        variable = spec[name]
        if isinstance(variable, Continuous):
            at = spec.slices[name].start
            place = (latents[:, at] - variable.low) / (variable.high - variable.low)
            latents[:, at] = first + place * (last - first)
        else:
            codes.assign(spec, latents, {name: int(first)}, "")
