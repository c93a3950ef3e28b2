"""The requests of `/lines`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from latent.spec import ComposedText
from service.datasets import writer
from service.datasets.line_parameters import HEIGHTS, LineParameters
from service.http.hands import HandParameters
from service.http.schemas import Integer, ModelName, RequestModel, Seed, Truncation
from service.imaging.lines import LineStyle

Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$", description="Red, green and blue: `#1a1a80`.")]


def _offered(value: int) -> int:
    if value not in HEIGHTS:
        raise PydanticCustomError("height", "must be 32, 48 or 64")
    return value


_LENGTH: dict[str, Any] = {"minLength": 1, "maxLength": writer.MAX_CHARACTERS}  # told here, checked with the characters

Text = Annotated[ComposedText, Field(json_schema_extra=_LENGTH)]
Height = Annotated[Integer, AfterValidator(_offered), Field(json_schema_extra={"enum": list(HEIGHTS)})]


class _SizedRequest(RequestModel):
    seed: Seed = 0
    height: Height = Field(LineStyle.height, description="Pixels of a line's height.")


class LineRequest(LineParameters, _SizedRequest):
    """What the requests of one and of several lines have in common."""

    ink: Colour = "#000000"
    paper: Colour = "#ffffff"
    truncation: Truncation | None = None
    model: ModelName = None
    format: Literal["png", "json"] | None = Field(None, description="Form of the answer; left out, by `Accept`.")
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


class LineQuery(LineRequest):
    """One line."""

    text: ComposedText = Field(
        description="The text of the line.", json_schema_extra={"example": "2026-11-21", **_LENGTH}
    )


class LinesRequest(HandParameters, LineRequest):
    """Several lines: line i is of the seed's i-th writer, unless `style` or `hand` gives one hand to all."""

    model_config = ConfigDict(strict=True)

    texts: Annotated[list[Text], Field(min_length=1)] = Field(description="What each of them says.")
