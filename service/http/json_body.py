"""JSON bodies: their content type, their syntax and their schema."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

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


def require_json_request(request: Request) -> None:
    """A route's dependency: `require_json`."""
    require_json(RequestHead.parse(request.headers.raw))
