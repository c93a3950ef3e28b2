"""Where lines, their words and these words' characters stand in a picture, as JSON has it."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from service.imaging.lines import Box
from service.imaging.paper.perspective import Quad


class Place(TypedDict):
    """Where something stands in the picture; `quad` on paper alone."""

    box: Annotated[Box, Field(description="x, y, width, height")]
    quad: NotRequired[Annotated[Quad, Field(description="Its corners as they are seen, from the upper left on.")]]


class PlacedCharacter(Place):
    """A character."""

    character: str


class PlacedWord(Place):
    """A word."""

    text: str
    characters: list[PlacedCharacter]


class PlacedLine(Place):
    """A line of a page."""

    text: str
    words: list[PlacedWord]
