"""A problem document (RFC 9457): the base of every problem, what its members may hold, and its bounds."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, NotRequired

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

MEDIA_TYPE = "application/problem+json"

_SHOWN_TEXT = 80  # characters of a value that a problem repeats
_MAX_EXPECTED, _MAX_DETAIL = 600, 4000  # bytes of such a text as JSON
MAX_PROBLEM = 2**14
"""Bytes of a problem, at most, whatever the request holds. What `/readyz` tells of model files is not counted."""


class FieldError(TypedDict):
    """A value that does not fit."""

    field: Annotated[str, Field(examples=["codes[3].c1"])]
    value: Annotated[object, Field(description="The rejected value, shortened.")]
    expected: Annotated[str, Field(examples=["must be a whole number from 0 to 9, or a label"])]


class ProblemDocument(TypedDict):
    """What a problem holds, extensions of a single kind left out."""

    type: Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldError]]


class Problem(HTTPException):
    """An error as the response it becomes. Each of `errors` names a field, its value and what was expected."""

    status: ClassVar[int]
    kind: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(self.status, detail, dict(headers or {}))
        self._members = {"errors": list(errors), **extensions}

    def response(self, path: str = "") -> Response:
        """The response to a request for `path`."""
        return problem_response(f"urn:problem-type:inkcode:{self.kind}", self.title, self, self._members, path)


def field_error(field: str, value: object, expected: str) -> FieldError:
    """One entry of a problem's `errors`; long texts are shortened."""
    return {"field": str(_jsonable(field)), "value": _jsonable(value), "expected": _shorten(expected, _MAX_EXPECTED)}


def _jsonable(value: object) -> object:
    """A value as JSON can carry it, shortened: clients may send NaN, or megabytes."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else reprlib.repr(value)
    return text if len(text) <= _SHOWN_TEXT else f"{text[: _SHOWN_TEXT - 3]}..."


def _shorten(text: str, most: int = _MAX_DETAIL) -> str:
    """A text of at most `most` bytes as ASCII JSON, where a character takes up to 12."""
    if len(json.dumps(text[:most])) <= most and len(text) <= most:
        return text
    kept, left = 0, most - len("...")
    for character in text:
        left -= len(json.dumps(character)) - 2
        if left < 0:
            break
        kept += 1
    return f"{text[:kept]}..."


def problem_response(
    kind: str, title: str, error: HTTPException, members: Mapping[str, object], path: str = ""
) -> Response:
    """A problem document as a response to a request for `path`; `members` stand beside RFC 9457's own.

    On the paths of the Open Inference Protocol it also has `error`, which that protocol's clients read.
    """
    document = ProblemDocument(type=kind, title=title, status=error.status_code, detail=_shorten(error.detail))
    problem: dict[str, object] = {**document, **members}
    if path.startswith("/v2"):
        problem["error"] = problem["detail"]
    errors = problem.get("errors")
    content = _ascii_json(problem)
    while len(content) > MAX_PROBLEM and isinstance(errors, list) and errors:
        problem["errors"] = errors = errors[:-1]
        content = _ascii_json(problem)
    return Response(content, error.status_code, error.headers, MEDIA_TYPE)


def _ascii_json(document: object) -> bytes:
    # ASCII escapes: a lone surrogate, which a client may have sent, cannot be encoded in UTF-8.
    return json.dumps(document, ensure_ascii=True, allow_nan=False).encode()
