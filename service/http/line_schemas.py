"""The requests of `/lines`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from latent.spec import ComposedText
from service.datasets.line_parameters import HEIGHTS, LineParameters
from service.datasets.page_composer import MAX_PAGE_CHARACTERS
from service.datasets.page_parameters import PageParameters
from service.datasets.paper_parameters import KINDS, PaperParameters
from service.datasets.writer_style import MAX_CHARACTERS
from service.http.hands import HandParameters
from service.http.schemas import ModelName, RequestModel, Seed, Truncation
from service.imaging.lines import LineStyle
from service.imaging.pages import PageStyle
from service.imaging.paper.colours import Rgb
from service.imaging.paper.style import STYLES, PaperKind
from service.json_integer import Integer

_COLOUR = "#[0-9A-Fa-f]{6}"

Paper = Annotated[
    str,
    Field(
        pattern=f"^({_COLOUR}|{'|'.join(STYLES)})$",
        description=f"A colour, `#f8f8f0`, or a kind of paper: {KINDS}, whose colours are drawn; a given `ink` stays.",
    ),
]
Colour = Annotated[str, Field(pattern=f"^{_COLOUR}$", description="Red, green and blue: `#1a1a80`.")]


def _offered(value: int) -> int:
    if value not in HEIGHTS:
        raise PydanticCustomError("height", "must be 32, 48 or 64")
    return value


_LENGTH: dict[str, Any] = {"minLength": 1, "maxLength": MAX_CHARACTERS}  # told here, checked with the characters

Text = Annotated[ComposedText, Field(json_schema_extra=_LENGTH)]
PageText = Annotated[ComposedText, Field(json_schema_extra={"minLength": 1, "maxLength": MAX_PAGE_CHARACTERS})]
Height = Annotated[Integer, AfterValidator(_offered), Field(json_schema_extra={"enum": list(HEIGHTS)})]


class _SizedRequest(RequestModel):
    seed: Seed = 0
    height: Height = Field(LineStyle.height, description="Pixels of a line's height.")


class WritingRequest(PaperParameters, LineParameters, _SizedRequest):
    """What the requests of lines and of pages have in common."""

    ink: Colour = "#000000"
    paper: Paper = "#ffffff"
    truncation: Truncation | None = None
    model: ModelName = None
    format: Literal["png", "json"] | None = Field(None, description="Form of the answer; left out, by `Accept`.")

    @property
    def paper_kind(self) -> PaperKind:
        """The kind of paper; clean where `paper` is a colour."""
        return "clean" if self.paper.startswith("#") else cast(PaperKind, self.paper)

    @property
    def ink_colour(self) -> Rgb | None:
        """The ink's colour; None where it is to be drawn."""
        return _rgb(self.ink) if self.paper_kind == "clean" or "ink" in self.model_fields_set else None

    @property
    def paper_colour(self) -> Rgb | None:
        """The paper's colour; None where it is to be drawn."""
        if self.paper_kind != "clean":
            return None
        return _rgb(self.paper) if self.paper.startswith("#") else (255, 255, 255)


class LineRequest(WritingRequest):
    """What the requests of one and of several lines have in common."""

    masks: bool = Field(
        False,
        description="As JSON, give each line a `mask`: a PNG whose pixels are the number, from 1, of their character.",
    )

    def canonical_json(self) -> str:
        """The request as an ETag has it: without later fields that are left out, so that earlier ETags stay valid."""
        left_out = {name for name in type(self).model_fields if name not in _FIRST_FIELDS | self.model_fields_set}
        return self.model_dump_json(exclude=left_out if self.masks else {*left_out, "masks"})


_FIRST_FIELDS = {
    *("seed", "height", "spacing", "kerning", "slant", "jitter", "ink", "paper"),
    *("truncation", "model", "format", "masks", "text", "texts"),
}
"""The fields that requests had when the first ETags were given."""


def _rgb(colour: str) -> Rgb:
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


class LineQuery(LineRequest):
    """One line."""

    text: ComposedText = Field(
        description="The text of the line.", json_schema_extra={"example": "2026-11-21", **_LENGTH}
    )


class LinesRequest(HandParameters, LineRequest):
    """Several lines: line i is of the seed's i-th writer, unless `style` or `hand` gives one hand to all."""

    model_config = ConfigDict(strict=True)

    texts: Annotated[list[Text], Field(min_length=1)] = Field(description="What each of them says.")


class PageRequest(HandParameters, PageParameters, WritingRequest):
    """A page: texts one after the other, each from a line of its own on."""

    model_config = ConfigDict(strict=True)

    texts: Annotated[list[PageText], Field(min_length=1)] = Field(description="What is written, from the top.")
    wrap: bool = Field(
        PageStyle.wrap, description="Whether a text goes on in the next line where a line is full; if not, it must fit."
    )
