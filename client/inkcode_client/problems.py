"""What the service refuses, as one exception (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class FieldError:
    """A value that does not fit: the field of the request, its value as the service read it, and what would fit."""

    field: str
    value: Any
    expected: str


class ProblemError(Exception):
    """The service answered with an error.

    `status` is the status of HTTP; `type`, `title` and `detail` are those of the problem document, or what an answer
    without one says, a proxy's for example. `errors` names each value that does not fit.
    """

    def __init__(self, status: int, type: str, title: str, detail: str, errors: tuple[FieldError, ...] = ()) -> None:  # noqa: A002 - RFC 9457's name
        super().__init__(status, type, title, detail, errors)
        self.status, self.type, self.title, self.detail, self.errors = status, type, title, detail, errors

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}"

    @property
    def field(self) -> str | None:
        """The field of the first error; None where the problem names none."""
        return self.errors[0].field if self.errors else None

    @property
    def value(self) -> Any:
        """The value of the first error."""
        return self.errors[0].value if self.errors else None

    @property
    def expected(self) -> str | None:
        """What would fit in the place of `value`."""
        return self.errors[0].expected if self.errors else None


class ModelChangedError(RuntimeError):
    """The model was replaced while a result that takes several requests was fetched; fetch it again."""


def problem(response: httpx.Response) -> ProblemError:
    """The exception of an answer whose status is an error."""
    try:
        document = response.json()
    except ValueError:
        document = None
    if not isinstance(document, dict) or "title" not in document:
        document = {"title": response.reason_phrase, "detail": response.text[:1000]}
    errors = tuple(
        FieldError(str(error.get("field")), error.get("value"), str(error.get("expected")))
        for error in document.get("errors") or ()
    )
    return ProblemError(
        response.status_code,
        str(document.get("type", "about:blank")),
        str(document["title"]),
        str(document.get("detail", "")),
        errors,
    )
