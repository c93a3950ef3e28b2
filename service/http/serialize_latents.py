"""Latents -> the named values by which a client gets them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latent import Categorical, LatentSpec
from latent.codes import Latents

Entry = dict[str, Any]
"""One image: `index` (where it is a sample), `label` (where the model has labels) and `codes`."""


def serialize_latents(spec: LatentSpec, latents: Latents, indices: Sequence[int] | None) -> list[Entry]:
    """An entry for each row of `latents`, float32 `(n, dim)`; `indices` are their sample numbers, if any."""
    entries = []
    for i, row in enumerate(latents):
        codes = {variable.name: _value(row[spec.slices[variable.name]], variable) for variable in spec.codes}
        entry: Entry = {"index": indices[i]} if indices is not None else {}
        if spec.labelled:
            value = codes[spec.labelled.name]
            entry["label"] = spec.labelled.labels[value] if isinstance(value, int) else None
        entries.append({**entry, "codes": codes})
    return entries


def flatten(entry: Entry) -> dict[str, object]:
    """An entry as a row of a table: its codes become columns, a blend of categories a JSON list."""
    codes = {name: json.dumps(value) if isinstance(value, list) else value for name, value in entry["codes"].items()}
    return {**{name: value for name, value in entry.items() if name != "codes"}, **codes}


def _value(part: NDArray[np.float32], variable: object) -> int | float | list[float]:
    numbers = [float(str(number)) for number in part]  # the shortest decimal that is this float32
    if not isinstance(variable, Categorical):
        return numbers[0]
    return numbers.index(1.0) if sorted(numbers)[-2:] == [0.0, 1.0] else numbers
