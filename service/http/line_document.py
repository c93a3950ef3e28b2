"""Lines and pages of writing as JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from latent.codes import Value
from service.datasets.placed_writing import PlacedCharacter, PlacedLine
from service.http.serialize_latents import BASE64_PNG
from service.imaging.arrays import Picture
from service.imaging.lines import Box
from service.imaging.paper.perspective import Quad
from service.imaging.png import png

Png = Annotated[str, Field(json_schema_extra=BASE64_PNG)]


class WrittenLine(TypedDict):
    """A line of writing."""

    text: str
    width: int
    height: int
    characters: list[PlacedCharacter]
    png: Png
    mask: NotRequired[Png]


class HandMember(TypedDict):
    """The hand that was asked for, if any: its style and codes, as `fixed` of `POST /generate` takes them."""

    hand: NotRequired[Mapping[str, Value]]


class _Written(HandMember):
    model: Annotated[str, Field(examples=["mnist-infogan@0123456789ab"])]
    seed: int


class LinesDocument(_Written):
    """Lines of writing, in the order of their texts."""

    lines: list[WrittenLine]


class PageDocument(_Written):
    """A page of writing."""

    width: int
    height: int
    lines: list[PlacedLine]
    png: Png


def hand_member(hand: Mapping[str, Value] | None) -> HandMember:
    """What a document says of the hand."""
    return {} if hand is None else {"hand": hand}


def describe_line(
    text: str, picture: Picture, boxes: Sequence[Box], quads: Sequence[Quad] | None, mask: Picture | None
) -> WrittenLine:
    """A line, with a box for each of its characters, on paper their corners and, if it was asked for, its mask."""
    characters: list[PlacedCharacter] = [{"character": c, "box": box} for c, box in zip(text, boxes, strict=True)]
    for character, quad in zip(characters, quads or (), strict=False):
        character["quad"] = quad
    described: WrittenLine = {
        "text": text,
        "width": picture.shape[1],
        "height": picture.shape[0],
        "characters": characters,
        "png": base64.b64encode(png(picture)).decode(),
    }
    if mask is not None:
        described["mask"] = base64.b64encode(png(mask)).decode()
    return described
