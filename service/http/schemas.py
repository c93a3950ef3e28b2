"""The schemas of requests, and the examples of the OpenAPI document."""

from __future__ import annotations

from collections.abc import KeysView
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from latent import CodeError
from latent.philox import MAX_SEED
from latent.spec import NOISE_LIMIT
from service.datasets.whole_numbers import read_exponents
from service.json_integer import AcceptIntegralFloat

MAX_FIRST = 2**52  # leaves room below the largest whole number that JSON carries exactly


Seed = Annotated[int, Field(ge=0, le=MAX_SEED), AcceptIntegralFloat]
Positive = Annotated[int, Field(ge=1), AcceptIntegralFloat]
Truncation = Annotated[
    float,
    Field(gt=0, le=NOISE_LIMIT, description="Bound of the noise in standard deviations: less of it, more typical."),
]
Scale = Annotated[
    int,
    Field(ge=1, le=16, description="Enlargement factor of the images in a grid."),
    AcceptIntegralFloat,
]
ModelName = Annotated[str | None, Field(description="A model of `GET /models`; left out, the default one.")]


StillFormat = Literal["png", "json", "zip", "npy"]
WalkFormat = Literal["png", "json", "zip", "npy", "gif", "webp"]
_FORMAT = "Format of the response; left out, the best that `Accept` names."


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _code_value(value: object) -> object:
    if _is_number(value) or isinstance(value, str) or (isinstance(value, list) and all(map(_is_number, value))):
        return value
    raise PydanticCustomError("code_value", "must be a number, a label or a list of numbers")


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


_VALUE_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "array", "items": {"type": "number"}}]}

CodeValue = Annotated[Any, BeforeValidator(_code_value), WithJsonSchema(_VALUE_SCHEMA)]
Named = Annotated[dict[str, CodeValue], Field(fail_fast=True)]
Vector = Annotated[list[FiniteFloat], Field(fail_fast=True)]
Row = Annotated[
    Annotated[Named, Tag("named")] | Annotated[Vector, Tag("vector")],
    Discriminator(
        lambda row: {list: "vector", dict: "named"}.get(type(row)),
        custom_error_type="code_row",
        custom_error_message="must be an object of named codes or a list of numbers",
    ),
]


class RequestModel(BaseModel):
    """A request's schema. A field that it does not know is refused with the names that it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    _exponents = model_validator(mode="before")(read_exponents)

    @model_validator(mode="before")
    @classmethod
    def _names_are_known(cls, content: Any) -> Any:
        if isinstance(content, dict) and cls.model_config.get("extra") == "forbid":
            known = cls.parameters()
            if not content.keys() <= known:
                name = next(name for name in content if name not in known)
                raise CodeError(name, content[name], f"unknown; known are {', '.join(known)}")
        return content

    @classmethod
    @cache
    def parameters(cls) -> KeysView[str]:
        """The names it knows, in order."""
        return dict.fromkeys(field.alias or name for name, field in cls.model_fields.items()).keys()


class GenerateRequest(RequestModel):
    """Images for explicit codes, or drawn: `codes`, or any of `n`, `label` and `fixed`."""

    model_config = ConfigDict(strict=True)

    codes: Annotated[list[Row], Field(min_length=1), Field(fail_fast=True)] | None = Field(
        None,
        description=(
            'One image each: named values (`{"c1": 7, "c2": 0.5}`, noise as `z.17`, a label as `label`), a code vector '
            "(every variable but the noise) or a full vector. What is left out is drawn."
        ),
    )
    n: Positive | None = Field(None, description="Images to draw; left out, one for each label.")
    label: Annotated[list[str], BeforeValidator(_one_or_many, json_schema_input_type=str | list[str])] | None = Field(
        None, min_length=1, description="Label, or several: sample i gets `label[i % len(label)]`."
    )
    fixed: Named | None = Field(None, description="Codes that every image shares.")
    seed: Seed | None = Field(None, description="Left out, one is drawn; `Inkcode-Seed` tells which.")
    first: Annotated[int, Field(ge=0, le=MAX_FIRST), AcceptIntegralFloat] = Field(
        0, description="Index of the first sample: sample i of a seed is one image."
    )
    truncation: Truncation | None = None
    model: ModelName = None
    format: StillFormat | None = Field(None, description=_FORMAT)
    columns: Annotated[int, Field(ge=1, le=65536), AcceptIntegralFloat] | None = Field(
        None, description="Columns of the grid; left out, about as many as rows."
    )
    scale: Scale = 1

    @model_validator(mode="after")
    def _codes_or_a_draw(self) -> GenerateRequest:
        for name in ("n", "label", "fixed") if self.codes is not None else ():
            if getattr(self, name) is not None:
                raise CodeError(name, getattr(self, name), "cannot be combined with `codes`, which describe each image")
        return self


class _WalkQuery(RequestModel):
    """Parameters of both walks. Further parameters are codes to hold: `c3=0.5`, `c1=7`, `z.17=2`."""

    model_config = ConfigDict(extra="allow")

    label: str | None = Field(None, description="Draw this label.")
    truncation: Truncation | None = None
    model: ModelName = None
    format: WalkFormat | None = Field(None, description=_FORMAT)
    scale: Scale = 1


class TraverseQuery(_WalkQuery):
    """A grid: columns walk along `dim`, rows are the categories, or samples of the seed."""

    dim: str = Field(
        description="Variable to walk along; one number of the noise as `z.17`.", json_schema_extra={"example": "c2"}
    )
    start: FiniteFloat | None = Field(None, description="Where the walk begins; left out, the low end of the range.")
    stop: FiniteFloat | None = Field(None, description="Where it ends; left out, the high end.")
    steps: int | None = Field(None, ge=1, description="Images along the walk: 11, or a categorical's values.")
    rows: int | None = Field(
        None,
        ge=1,
        description="Left out, one for each value of the first categorical that is neither walked nor held, else 10.",
    )
    seed: Seed = 0


class InterpolateQuery(_WalkQuery):
    """A walk from one sample to another: their noise along the great circle, their codes along the line."""

    start: Seed = Field(alias="from", description="Seed of the first image.", json_schema_extra={"example": 1})
    stop: Seed = Field(alias="to", description="Seed of the last image.", json_schema_extra={"example": 2})
    steps: int = Field(11, ge=2, description="Images, both ends included.")


GENERATE_EXAMPLES: dict[str, Any] = {
    "one of each digit": {
        "value": {"label": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], "seed": 7, "columns": 5, "scale": 2}
    },
    "a hundred drawn at random": {"value": {"n": 100, "seed": 1}},
    "sevens of one slant": {"value": {"n": 20, "label": "7", "fixed": {"c2": 0.8}, "seed": 3}},
    "named codes": {"value": {"codes": [{"c1": 7, "c2": -0.5}, {"label": "3", "c3": 0.9}, {"z.17": 2.0}], "seed": 5}},
    "a code vector": {"value": {"codes": [[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0.5, -0.5]], "seed": 5, "scale": 4}},
}
"""Bodies that the bundled model answers."""
