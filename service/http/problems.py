"""Every error a client can meet, as RFC 9457 `application/problem+json`: its status, its title, when it is raised."""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from latent import CodeError
from service.datasets.formats.registry import MissingDependencyError
from service.datasets.plan import UnknownShardError
from service.engine.batcher import DeadlineError, QueueFullError
from service.engine.repository.models import NotReadyError, UnknownModelError
from service.http.methods import allowed

MEDIA_TYPE = "application/problem+json"

_SHOWN_ERRORS = 10
_SHOWN_TEXT = 80
_WORDING = {  # where pydantic's is not a client's
    "missing": "is required",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "too_short": "must not be empty",
}


class Problem(HTTPException):
    """An error to be answered. `errors` name each a field, the value it had and what was expected there."""

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
        """The problem as an answer. On the paths of the Open Inference Protocol it has that one's `error`, too."""
        members = {**self._members, "error": self.detail} if path.startswith("/v2") else self._members
        return _answer(f"urn:problem-type:inkcode:{self.kind}", self.title, self, members)


class NotJson(Problem):
    """The body cannot be read as JSON."""

    status, kind, title = 400, "not-json", "The body is not JSON"


class NoKey(Problem):
    """The request carries no API key, and needs one."""

    status, kind, title = 401, "no-key", "An API key is needed"

    def __init__(self) -> None:
        expected = "must be `Bearer` and an API key"
        headers = {"WWW-Authenticate": "Bearer"}
        super().__init__(f"Authorization {expected}", [field_error("Authorization", None, expected)], headers)


class UnknownKey(Problem):
    """The request's API key is none that is let in."""

    status, kind, title = 403, "unknown-key", "The API key is not known"

    def __init__(self) -> None:
        super().__init__("the API key of Authorization is not let in here")


class NoSuchModel(Problem):
    """A request names a model that is not served."""

    status, kind, title = 404, "no-such-model", "No such model"


class NoSuchShard(Problem):
    """A data set has no file of this name, or ends before it."""

    status, kind, title = 404, "no-such-shard", "No such shard"


class NotAcceptable(Problem):
    """Nothing the path offers fits the request's `Accept`."""

    status, kind, title = 406, "not-acceptable", "No form fits the Accept header"


class BodyTooLarge(Problem):
    """The body has more bytes than `INKCODE_MAX_BODY`."""

    status, kind, title = 413, "body-too-large", "The body is too large"

    def __init__(self, limit: int) -> None:
        expected = f"must have at most {limit} bytes"
        super().__init__(f"the body {expected}", [field_error("body", None, expected)])


class NotJsonType(Problem):
    """The body's content type is not JSON's."""

    status, kind, title = 415, "not-json-type", "The body's content type is not JSON"


class NotPictureType(Problem):
    """The body's content type is neither JSON's nor that of a picture that can be read."""

    status, kind, title = 415, "not-picture-type", "The body's content type is no picture's"


class BadRange(Problem):
    """The range asked for begins past the end of what there is."""

    status, kind, title = 416, "bad-range", "No such range"

    def __init__(self, size: int, errors: Sequence[Mapping[str, object]]) -> None:
        super().__init__(f"there are {size} bytes", errors, {"Content-Range": f"bytes */{size}"})


class BadValue(Problem):
    """A value is unknown, missing or out of its range."""

    status, kind, title = 422, "bad-value", "A value does not fit"


class Busy(Problem):
    """Too much work waits already; nothing of this request has been done."""

    status, kind, title = 429, "busy", "Too much work waits"


class DeadlinePassed(Problem):
    """The pictures cannot be made within the deadline; what was not begun is not made."""

    status, kind, title = 504, "deadline-passed", "Not in time"


class HungUp(Problem):
    """The client closed the connection while it waited: for the counts, since nobody reads it."""

    status, kind, title = 499, "hung-up", "The client hung up"


class Fault(Problem):
    """The service is wrong, not the request; the log says how."""

    status, kind, title = 500, "fault", "A fault of the service"


class NotInstalled(Problem):
    """The format asked for needs a library that is not installed with this service."""

    status, kind, title = 501, "not-installed", "This format cannot be written here"


class Unready(Problem):
    """No model can be served."""

    status, kind, title = 503, "not-ready", "Not ready"


def field_error(field: str, value: object, expected: str) -> dict[str, object]:
    """One of a problem's `errors`: any value, shortened where it is long."""
    return {"field": _plain(field), "value": _plain(value), "expected": expected}


def _plain(value: object) -> object:
    """A value as JSON can carry it, shortened: what a client sent may be endless, or no number at all."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else reprlib.repr(value)
    return text if len(text) <= _SHOWN_TEXT else f"{text[: _SHOWN_TEXT - 3]}..."


def _answer(kind: str, title: str, error: HTTPException, members: Mapping[str, object]) -> Response:
    problem = {"type": kind, "title": title, "status": error.status_code, "detail": error.detail, **members}
    # ASCII: half a surrogate pair, which a client may have sent, has no UTF-8.
    content = json.dumps(problem, ensure_ascii=True, allow_nan=False).encode()
    return Response(content, error.status_code, error.headers, MEDIA_TYPE)


def bad_values(errors: Sequence[tuple[str, object, str]]) -> BadValue:
    """The problem of values that do not fit, each as field, value, and what was expected."""
    detail = "; ".join(f"{_plain(field)}: {expected}" for field, _, expected in errors)
    return BadValue(detail, [field_error(*error) for error in errors])


def _from_code_error(error: CodeError) -> Problem:
    return bad_values([(error.field, error.value, error.expected)])


def _from_validation(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        expected = f"must be JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
        return NotJson(f"the body {expected}", [field_error("body", None, expected)])
    return bad_values([_bad_value(part, error.body) for part in error.errors()[:_SHOWN_ERRORS]])


def _bad_value(error: Mapping[str, Any], body: object) -> tuple[str, object, str]:
    field = _path(error["loc"], body)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, CodeError):  # raised by a validator of ours, below the field it is attached to
        return cause.field if field in ("body", "query") else f"{field}.{cause.field}", cause.value, cause.expected
    value = None if error["type"] == "missing" else error["input"]
    return field, value, _WORDING.get(error["type"]) or error["msg"].replace("Input should", "must")


def _path(loc: Sequence[str | int], body: Any) -> str:
    """Where a value stood, as the client knows it: `("body", "codes", 3, "vector", 5)` -> `codes[3][5]`.

    A union's branch (`vector`) is pydantic's business: it does not lead further into the body, so it is left out.
    """
    path, here = "", body
    for part in loc[1:]:
        try:
            here = here[part]
        except (LookupError, TypeError):
            if part is not loc[-1]:
                continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or str(loc[0])


def _from_http(error: HTTPException) -> Problem | Response:
    if isinstance(error, Problem):
        return error
    if error.status_code == HTTPStatus.BAD_REQUEST:  # the framework could not read the body
        expected = "must be JSON in UTF-8, of numbers and nesting within reason"
        return NotJson(f"the body {expected}", [field_error("body", None, expected)])
    return _answer("about:blank", HTTPStatus(error.status_code).phrase, error, {})


async def _no_such_method(request: Request, error: HTTPException) -> Response:
    error.headers = {"Allow": allowed(request)}
    return await _handler(_from_http)(request, error)


def _from_unknown_model(error: UnknownModelError) -> Problem:
    expected = f"the models are {', '.join(error.known)}"
    return NoSuchModel(f"no such model; {expected}", [field_error("model", error.name, expected)])


def _from_queue_full(error: QueueFullError) -> Problem:
    return Busy(str(error), headers={"Retry-After": str(max(1, math.ceil(error.retry_after)))})


def _handler(translate: Callable[[Any], Problem | Response]) -> Callable[[Request, Any], Awaitable[Response]]:
    async def handle(request: Request, error: Any) -> Response:
        answer = translate(error)
        return answer.response(request.url.path) if isinstance(answer, Problem) else answer

    return handle


HANDLERS: dict[int | type[Exception], Any] = {
    HTTPStatus.METHOD_NOT_ALLOWED: _no_such_method,
    HTTPException: _handler(_from_http),
    RequestValidationError: _handler(_from_validation),
    CodeError: _handler(_from_code_error),
    UnknownModelError: _handler(_from_unknown_model),
    QueueFullError: _handler(_from_queue_full),
    Exception: _handler(lambda error: Fault("the service's log says more")),
    UnknownShardError: _handler(lambda error: NoSuchShard(str(error))),
    MissingDependencyError: _handler(lambda error: NotInstalled(str(error))),
    DeadlineError: _handler(lambda error: DeadlinePassed(str(error))),
    # Who hears it on a connection that it keeps would otherwise come back to a server that is about to go.
    NotReadyError: _handler(lambda error: Unready(str(error), headers={"Connection": "close"})),
}
"""What answers which exception, for `FastAPI(exception_handlers=...)`."""

ANSWERED = tuple(kind for kind in HANDLERS if not isinstance(kind, int) and kind is not Exception)
"""The exceptions that `respond` answers: all but faults."""


async def respond(scope: Scope, error: Exception) -> Response:
    """The answer to one of `ANSWERED`, where no framework gives it."""
    handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    response: Response = await handler(Request(scope), error)
    return response
