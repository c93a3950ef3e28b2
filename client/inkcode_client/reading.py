"""`encode`: the codes of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from inkcode_client.calls import Call, Request, paged
from inkcode_client.connection import Connection, given
from inkcode_client.pictures import PictureLike, encode_base64, listed


@dataclass(frozen=True)
class Reading:
    """What the model's encoder read off a picture.

    `label` is the likeliest one and `probability` that of it, None where the model has no labels. `codes` is the
    likeliest value of each code, as `codes` and `fixed` of `generate` take it. `readings` has the whole distribution of
    each: a categorical's `probabilities`, the likeliest first, and a continuous code's `mean` and `sigma`.
    """

    label: str | None
    probability: float | None
    codes: Mapping[str, float]
    readings: Mapping[str, Any]


def encode(
    server: Connection,
    images: PictureLike | Sequence[PictureLike],
    *,
    invert: bool = False,
    model: str | None = None,
) -> Call[list[Reading]]:
    """The codes of one picture or several: arrays uint8 `(H, W)` or `(H, W, 3)`, PIL images, files or their content.

    Pictures may have any size. Ink is light on black, as models draw it, unless `invert` says that it is dark on light.

    Raises:
        ProblemError: the model has no encoder, or a picture cannot be read.
        ValueError: an array is no picture.
    """
    pictures = listed(images)
    query = {"invert": str(invert).lower(), **given(model=model)}

    def request(start: int, stop: int, before: httpx.Response | None) -> Request:
        files = [encode_base64(picture) for picture in pictures[start:stop]]
        return Request("POST", "encode", query, {"images": files})

    responses = yield from paged(len(pictures), request, ("images",))
    return [_reading(entry) for response in responses for entry in response.json()["images"]]


def _reading(entry: Mapping[str, Any]) -> Reading:
    label = entry.get("label")
    likelihoods = (each for reading in entry["readings"].values() for each in reading.get("probabilities", ()))
    probability = next((each["probability"] for each in likelihoods if label and each.get("label") == label), None)
    return Reading(label, probability, entry["codes"], entry["readings"])
