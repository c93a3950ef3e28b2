"""Latents -> the named values by which a client gets them again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, NotRequired, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from latent import Categorical, LatentSpec
from latent.codes import Latents

BASE64_PNG: dict[str, JsonValue] = {"contentEncoding": "base64", "contentMediaType": "image/png"}
"""What a schema says of a picture in JSON."""


class Entry(TypedDict):
    """What an image was drawn from."""

    index: NotRequired[Annotated[int, Field(description="Number of the sample; absent if it is none.")]]
    label: NotRequired[Annotated[str | None, Field(description="Absent if the model has no labels.")]]
    codes: Annotated[
        dict[str, int | float | list[float]], Field(description="Value of every variable but the noise, by name.")
    ]


class DrawnImage(Entry):
    """An image."""

    png: Annotated[str, Field(json_schema_extra=BASE64_PNG)]


_Seed = Annotated[int, Field(description="What draws it again.")]

ImagesDocument = TypedDict(
    "ImagesDocument",
    {
        "model": Annotated[str, Field(examples=["mnist-infogan@0123456789ab"])],
        "seed": NotRequired[_Seed],
        "from": NotRequired[_Seed],
        "to": NotRequired[_Seed],
        "images": list[DrawnImage],
    },
)
"""Images as JSON; `from` and `to` are the seeds of a walk between two samples."""


def serialize_latents(spec: LatentSpec, latents: Latents, indices: Sequence[int] | None) -> list[Entry]:
    """An entry for each row of `latents`, float32 `(n, dim)`; `indices` are their sample numbers, if any."""
    entries = []
    for i, row in enumerate(latents):
        codes = {variable.name: _value(row[spec.slices[variable.name]], variable) for variable in spec.codes}
        entry: dict[str, Any] = {"index": indices[i]} if indices is not None else {}
        if spec.labelled:
            value = codes[spec.labelled.name]
            entry["label"] = spec.labelled.labels[value] if isinstance(value, int) else None
        entries.append(cast(Entry, {**entry, "codes": codes}))
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
