"""What an encoder reads off images, in the form that `POST /generate` takes codes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from latent import Categorical, LatentSpec
from latent.encoder import LOG_VARIANCE


class Likelihood(BaseModel):
    """How probable a value of a categorical code is."""

    value: int
    label: str | None = Field(None, description="What the value draws, where the model has labels.")
    probability: float


class CategoricalReading(BaseModel):
    """A categorical code: every value, the likeliest first."""

    probabilities: list[Likelihood]


class ContinuousReading(BaseModel):
    """A continuous code as a normal distribution."""

    mean: float
    sigma: float | None = Field(None, description="Standard deviation, where the encoder tells it.")


class ImageReading(BaseModel):
    """The codes of one image."""

    label: str | None = Field(None, description="The likeliest one, where the model has labels.")
    codes: dict[str, int | float | list[float]] = Field(
        description=(
            "The likeliest value of every code that is read, and the `style` where it is, as `codes` or `fixed` of "
            "`POST /generate` take them."
        )
    )
    readings: dict[str, CategoricalReading | ContinuousReading]


class Readings(BaseModel):
    """The codes of each image, in order."""

    model: str = Field(examples=["mnist-infogan@0123456789ab"])
    images: list[ImageReading]


def serialize_reading(spec: LatentSpec, columns: Mapping[str, slice], row: NDArray[np.float32]) -> dict[str, Any]:
    """One image's entry; `columns` says where each output of the encoder stands in its `row`, float32 `(width,)`."""
    codes: dict[str, int | float | list[float]] = {}
    readings: dict[str, Any] = {}
    for code in spec.codes:
        if code.name not in columns:
            continue
        read = row[columns[code.name]]
        if isinstance(code, Categorical):
            order = np.argsort(-read, kind="stable").tolist()
            likely = [{"value": value, "probability": _plain(read[value])} for value in order]
            if code.labels:
                likely = [{**entry, "label": code.labels[value]} for entry, value in zip(likely, order, strict=True)]
            codes[code.name], readings[code.name] = order[0], {"probabilities": likely}
        else:
            mean, low_high = _plain(read[0]), code.limits
            codes[code.name], readings[code.name] = min(max(mean, low_high[0]), low_high[1]), {"mean": mean}
            if code.name + LOG_VARIANCE in columns:
                variance = np.exp(row[columns[code.name + LOG_VARIANCE]])
                readings[code.name]["sigma"] = _plain(np.sqrt(variance)[0])
    if spec.style and spec.style.name in columns:
        low, high = spec.style.limits
        codes[spec.style.name] = [_plain(number) for number in row[columns[spec.style.name]].clip(low, high)]
    labelled = spec.labelled
    known = labelled and labelled.name in codes
    label = {"label": readings[labelled.name]["probabilities"][0]["label"]} if labelled and known else {}
    return {**label, "codes": codes, "readings": readings}


def _plain(number: np.float32) -> float:
    """The shortest decimal that is this float32."""
    return float(str(number))
