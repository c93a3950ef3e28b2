"""Which exception becomes which problem, on both paths."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Mount

from latent import CodeError
from service.datasets.formats.registry import MissingDependencyError
from service.datasets.plan import UnknownShardError
from service.engine.errors import DeadlineError, QueueFullError
from service.engine.repository.models import NotReadyError, UnknownModelError
from service.http.problem_document import Problem, field_error, problem_response
from service.http.problems import (
    ClientDisconnected,
    DeadlineExceeded,
    InternalError,
    InvalidJson,
    ModelNotFound,
    NotInstalled,
    NotReady,
    ShardNotFound,
    TooManyRequests,
    invalid_values,
)
from service.http.request_context import SCOPE_KEY, RequestContext
from service.open_inference.data_plane import UnknownVersionError

P = ParamSpec("P")
T = TypeVar("T")

_log = logging.getLogger(__name__)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_MAX_ERRORS = 10  # of one problem
_WORDING = {  # by pydantic's error type, where its own message does not suit clients
    "missing": "is required",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
}
_SUBJECT = re.compile(r"^(Input|String|List|Dictionary|Value) should")  # of pydantic's messages


def _unknown_model(error: UnknownModelError) -> Problem:
    expected = f"the models are {', '.join(error.known)}"
    return ModelNotFound(f"no such model; {expected}", [field_error("model", error.name, expected)])


def _validation(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        expected = f"must be JSON: {first['ctx']['error']} at character {first['loc'][-1]}"
        return InvalidJson(f"the body {expected}", [field_error("body", None, expected)])
    return invalid_values([_invalid_value(part, error.body) for part in error.errors()[:_MAX_ERRORS]])


def _invalid_value(error: Mapping[str, Any], body: object) -> tuple[str, object, str]:
    field = _field(error["loc"], body)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, CodeError):  # raised by one of our validators, for a field below the one it is attached to
        return cause.field if field in ("body", "query") else f"{field}.{cause.field}", cause.value, cause.expected
    value = None if error["type"] == "missing" else error["input"]
    if error["type"] == "too_short" and error["ctx"]["min_length"] == 1:
        return field, value, "must not be empty"
    return field, value, _WORDING.get(error["type"]) or _SUBJECT.sub("must", error["msg"])


def _field(loc: Sequence[str | int], body: Any) -> str:
    """The path to a value as the client knows it: `("body", "codes", 3, "vector", 5)` -> `codes[3][5]`.

    The tag of a union's member, `vector` here, is pydantic's own: no key of the body, so it is left out.
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


def _http_error(error: HTTPException) -> HTTPException:
    if error.status_code == HTTPStatus.BAD_REQUEST and not isinstance(error, Problem):
        expected = "must be JSON in UTF-8, of numbers and nesting within reason"  # FastAPI could not decode the body
        return InvalidJson(f"the body {expected}", [field_error("body", None, expected)])
    return error


_TRANSLATIONS: dict[type[Exception], Callable[[Any], HTTPException]] = {
    HTTPException: _http_error,
    RequestValidationError: _validation,
    CodeError: lambda error: invalid_values([(error.field, error.value, error.expected)]),
    UnknownModelError: _unknown_model,
    UnknownVersionError: lambda error: ModelNotFound(str(error), [field_error("version", error.version, str(error))]),
    QueueFullError: lambda error: TooManyRequests(error.retry_after),
    ClientDisconnect: lambda error: ClientDisconnected(),  # while its body was read
    UnknownShardError: lambda error: ShardNotFound(str(error)),
    MissingDependencyError: lambda error: NotInstalled(str(error)),
    # Closed, so that a client on a kept connection does not come back to a server that is about to stop.
    NotReadyError: lambda error: NotReady(str(error), headers={"Connection": "close"}),
}


def to_response(error: BaseException, context: RequestContext) -> Response:
    """The response to an exception that a request ended with; one that no translation knows is logged, and a 500."""
    translated = translate(error, context)
    if isinstance(translated, Problem):
        return translated.response(context.path)
    return problem_response("about:blank", HTTPStatus(translated.status_code).phrase, translated, {}, context.path)


def translate(error: BaseException, context: RequestContext) -> HTTPException:
    """The error of HTTP that an exception means; one that no translation knows is logged, and an `InternalError`."""
    if isinstance(error, DeadlineError):  # the engine knows the seconds that were left, the client those it gave
        return DeadlineExceeded(f"it cannot be done within {context.time_limit:g} s")
    for kind in type(error).__mro__:
        if kind in _TRANSLATIONS:
            return _TRANSLATIONS[kind](error)
    _log.error("no answer to %s %r", context.method, context.path, exc_info=error)
    return InternalError()


def detached(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do work whose exceptions may hold a large body, and raise problems in their place.

    For work in threads: freeing millions of values takes long, and is then done in the thread, not on the event loop.

    Raises:
        Problem: in the place of an exception that has a problem.
    """
    try:
        return work(*args, **kwargs)
    except (RequestValidationError, CodeError) as error:
        problem = _TRANSLATIONS[type(error)](error)
    assert isinstance(problem, Problem)  # noqa: S101 - these two have problems
    raise problem  # outside of the handler, so that it does not refer to the exception


async def _handle(request: Request, error: Exception) -> Response:
    return to_response(error, request.scope[SCOPE_KEY])


async def _method_not_allowed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette raises no other with this status
    error.headers = {"Allow": ", ".join(_allowed_methods(request))}
    return await _handle(request, error)


def _allowed_methods(request: Request) -> list[str]:
    """The methods of the request's path; Starlette's own answer names those of the first route with that path alone."""
    # A mount that was entered has put its own path into `root_path`.
    root_path = request.scope.get("app_root_path", request.scope.get("root_path", ""))

    def has(method: str) -> bool:
        scope = {**request.scope, "method": method, "root_path": root_path}
        # A mount, of the documentation's files here, matches every method.
        routes = (route for route in request.app.routes if method == "GET" or not isinstance(route, Mount))
        return any(route.matches(scope)[0] is Match.FULL for route in routes)

    allowed = list(filter(has, _METHODS))
    return [allowed[0], "HEAD", *allowed[1:]] if "GET" in allowed else allowed  # see `HeadAsGet`


HANDLERS: dict[int | type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    HTTPStatus.METHOD_NOT_ALLOWED: _method_not_allowed,
    **dict.fromkeys((*_TRANSLATIONS, DeadlineError, Exception), _handle),
}
"""For `FastAPI(exception_handlers=...)`."""
