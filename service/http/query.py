"""What no schema can check: a body's content type; query parameters that are unknown, repeated, or codes by name."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from latent import CodeError, LatentSpec, codes
from latent.codes import Value
from service.http.problem_document import field_error
from service.http.problems import InvalidJson, JsonTypeRequired
from service.http.request_head import RequestHead

T = TypeVar("T", bound=BaseModel)


def parse_json(schema: type[T], body: bytes) -> T:
    """A JSON body by its schema.

    Raises:
        InvalidJson: it is not JSON.
        RequestValidationError: a value does not fit.
    """
    return validate(schema, _json(body))


def validate(schema: type[T], content: Any) -> T:
    """The content of a body by its schema.

    Raises:
        RequestValidationError: a value does not fit.
    """
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        errors = [{**part, "loc": ("body", *part["loc"])} for part in error.errors()]
        raise RequestValidationError(errors, body=content) from None


def _json(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        pass  # JSON's grammar allows lone surrogates, which this parser does not; the next, slower one does
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        expected = f"must be JSON: {error.msg} at character {error.pos}"
    except (ValueError, RecursionError):
        expected = "must be JSON in UTF-8, of numbers and nesting within reason"
    raise InvalidJson(f"the body {expected}", [field_error("body", None, expected)])


def require_json(head: RequestHead) -> None:
    """Check that a body is declared as JSON.

    Raises:
        JsonTypeRequired: its content type is another.
    """
    if head.content_type != "application/json":
        expected = "must be application/json"
        raise JsonTypeRequired(f"Content-Type {expected}", [field_error("Content-Type", head.content_type, expected)])


def json_body(request: Request) -> None:
    """A route's dependency: `require_json`."""
    require_json(RequestHead.parse(request.headers.raw))


def no_query_parameters(request: Request) -> None:
    """A route's dependency: refuse every query parameter.

    Raises:
        CodeError: there is one.
    """
    for name, value in request.query_params.items():
        raise CodeError(name, value, "unknown; this path takes no query parameters")


def unique_query_parameters(request: Request) -> None:
    """A route's dependency: refuse a query parameter that is given twice.

    Raises:
        CodeError: one is.
    """
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise CodeError(name, [values[name], value], "must be given once")
        values[name] = value


def held_codes(
    spec: LatentSpec, label: str | None, extra: Mapping[str, str], parameters: Collection[str]
) -> dict[str, Value]:
    """The codes that a query holds fixed: `label`, and all parameters beside the schema's, `c3=0.5` or `z=0.1,-2,...`.

    `parameters` are the names that the schema knows.

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
    """Refuse a variable that is given by name and by a label; `meant` are the values that the label stands for.

    Raises:
        CodeError: there is one.
    """
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
