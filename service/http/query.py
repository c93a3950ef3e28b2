"""What no schema can check: a body's type; query parameters that are unknown, repeated, or codes by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from latent import CodeError, LatentSpec, codes
from latent.codes import Value
from service.http.problems import NotJson, NotJsonType, field_error

T = TypeVar("T", bound=BaseModel)


def parse(schema: type[T], body: bytes) -> T:
    """A body that is JSON, where it may be something else too.

    Raises:
        NotJson: it is none.
        RequestValidationError: a value that does not fit.
    """
    try:
        content = from_json(body)
    except ValueError as error:
        expected = f"must be JSON: {error}"
        raise NotJson(f"the body {expected}", [field_error("body", None, expected)]) from None
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        errors = [{**part, "loc": ("body", *part["loc"])} for part in error.errors()]
        raise RequestValidationError(errors, body=content) from None


def content_type(request: Request) -> str:
    """The body's media type, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def json_alone(request: Request) -> None:
    """Refuse a body that does not say it is JSON."""
    kind = content_type(request)
    if kind != "application/json":
        expected = "must be application/json"
        raise NotJsonType(f"Content-Type {expected}", [field_error("Content-Type", kind, expected)])


def none(request: Request) -> None:
    """Refuse every query parameter."""
    for name, value in request.query_params.items():
        raise CodeError(name, value, "unknown; this path takes no query parameters")


def once(request: Request) -> None:
    """Refuse a query parameter given twice: which one is meant?"""
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise CodeError(name, values, "must be given once")


def held(
    spec: LatentSpec, label: str | None, extra: Mapping[str, str], parameters: Collection[str]
) -> dict[str, Value]:
    """The codes that a query holds: `label`, and every parameter that no schema names, `c3=0.5` or `z=0.1,-2,...`.

    `parameters` are the names the schema does know.

    Raises:
        CodeError: no such parameter and no such variable.
    """
    values: dict[str, Value] = {}
    for name, text in extra.items():
        try:
            codes.columns(spec, name, name)
        except CodeError:
            known = f"the parameters are {', '.join(parameters)}, and the variables {', '.join(codes.dim_names(spec))}"
            raise CodeError(name, text, f"unknown; {known}") from None
        values[name] = _value(text)
    meant = {} if label is None else codes.label(spec, label)
    refuse_both(values, meant)
    return {**values, **meant}


def refuse_both(values: Mapping[str, Value], meant: Mapping[str, Value], prefix: str = "") -> None:
    """Refuse a variable given by name where a label, which means the values `meant`, gives it too."""
    for name in values:
        if name in meant:
            raise CodeError(f"{prefix}{name}", values[name], f"must be left out beside `label`, which is {name}")


def _value(text: str) -> Value:
    """A number or a list of numbers where it reads as one, else a label."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return text
    if len(numbers) > 1:
        return numbers
    return int(numbers[0]) if numbers[0].is_integer() else numbers[0]
