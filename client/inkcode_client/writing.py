"""`lines`, `pages`: text as pictures of writing, with the place of each character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from PIL import Image

from inkcode_client.calls import Call, Request
from inkcode_client.connection import Connection
from inkcode_client.parameters import LineParameters, PageParameters
from inkcode_client.pictures import Picture, decode_base64, encode_base64, to_pil

Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""

Quad = tuple[tuple[float, float], ...]
"""Four corners, each x and y in pixels, from the upper left one clockwise; as they are seen on paper."""


@dataclass(frozen=True)
class Character:
    """A character and its place. It has a `quad` on paper, where the sheet may be seen askew."""

    character: str
    box: Box
    quad: Quad | None


@dataclass(frozen=True)
class Line:
    """A line: its picture, uint8 `(H, W)` or `(H, W, 3)`, and its characters.

    A pixel of `mask`, uint8 or uint16 `(H, W)`, is the number of the character whose ink it is, from 1; 0 is paper.
    """

    text: str
    image: Picture
    characters: tuple[Character, ...]
    mask: Picture | None

    def to_pil(self) -> Image.Image:
        """The picture as a PIL image."""
        return to_pil(self.image)


@dataclass(frozen=True)
class Lines:
    """Lines of writing. `hand` holds the codes of the hand they are in, if one was given: `fixed` of `generate`."""

    lines: tuple[Line, ...]
    model: str
    seed: int
    hand: Mapping[str, Any] | None

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Word:
    """A word on a page."""

    text: str
    box: Box
    quad: Quad | None
    characters: tuple[Character, ...]


@dataclass(frozen=True)
class PageLine:
    """A line on a page."""

    text: str
    box: Box
    quad: Quad | None
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Page:
    """A page: its picture, uint8 `(H, W)` or `(H, W, 3)`, and its lines."""

    image: Picture
    lines: tuple[PageLine, ...]
    model: str
    seed: int
    hand: Mapping[str, Any] | None

    def to_pil(self) -> Image.Image:
        """The picture as a PIL image."""
        return to_pil(self.image)


def lines(server: Connection, texts: str | Sequence[str], **parameters: Unpack[LineParameters]) -> Call[Lines]:
    """A line of writing for each text: line i is in the hand of the seed's i-th writer, unless a hand is given.

    Raises:
        ProblemError: a text or a parameter does not fit the model, or there are too many characters for one request.
    """
    document = (yield _request("lines", texts, parameters)).json()
    written = tuple(
        Line(
            entry["text"],
            decode_base64(entry["png"]),
            _characters(entry),
            decode_base64(entry["mask"]) if "mask" in entry else None,
        )
        for entry in document["lines"]
    )
    return Lines(written, document["model"], document["seed"], document.get("hand"))


def pages(server: Connection, texts: str | Sequence[str], **parameters: Unpack[PageParameters]) -> Call[Page]:
    """A page of writing in one hand, each text from a line of its own on.

    Raises:
        ProblemError: a parameter does not fit the model, or a text does not fit on the page.
    """
    document = (yield _request("pages", texts, parameters)).json()
    lines = tuple(PageLine(line["text"], *_place(line), tuple(map(_word, line["words"]))) for line in document["lines"])
    return Page(decode_base64(document["png"]), lines, document["model"], document["seed"], document.get("hand"))


def _request(path: str, texts: str | Sequence[str], parameters: Mapping[str, Any]) -> Request:
    body = {**parameters, "texts": [texts] if isinstance(texts, str) else list(texts), "format": "json"}
    if "hand" in body:
        body["hand"] = [encode_base64(picture) for picture in body["hand"]]
    if "style" in body:
        body["style"] = [float(number) for number in body["style"]]
    return Request("POST", path, json=body)


def _characters(entry: Mapping[str, Any]) -> tuple[Character, ...]:
    return tuple(Character(each["character"], *_place(each)) for each in entry["characters"])


def _word(entry: Mapping[str, Any]) -> Word:
    return Word(entry["text"], *_place(entry), _characters(entry))


def _place(entry: Mapping[str, Any]) -> tuple[Box, Quad | None]:
    left, top, width, height = entry["box"]
    quad = tuple((float(x), float(y)) for x, y in entry["quad"]) if "quad" in entry else None
    return (left, top, width, height), quad
