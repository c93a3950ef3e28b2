"""What the OpenAPI document says of responses: what they hold, every problem a route can answer, and the API keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Response
from pydantic import TypeAdapter

from service.http.negotiation import ResponseFormat
from service.http.policies.access_log import PROBES
from service.http.problem_document import MEDIA_TYPE, Problem, ProblemDocument
from service.http.problems import (
    BodyTooLarge,
    DeadlineExceeded,
    HeadTooLarge,
    HostRequired,
    InternalError,
    InvalidCoding,
    InvalidValue,
    MalformedRequest,
    MissingKey,
    PreconditionFailed,
    RequestTimeout,
    TooManyConnections,
    TooManyRequests,
    UnknownKey,
    UnsupportedCoding,
    UriTooLong,
)
from service.http.serialize_latents import ImagesDocument

JSON = "application/json"

_BINARY = {"type": "string", "format": "binary"}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}  # see `complete`
_SCHEME = "key"

_OF_EVERY_ROUTE = (
    MalformedRequest,
    HostRequired,
    InvalidCoding,
    RequestTimeout,
    BodyTooLarge,
    UriTooLong,
    UnsupportedCoding,
    InvalidValue,
    TooManyRequests,
    HeadTooLarge,
    InternalError,
    TooManyConnections,
    DeadlineExceeded,
)
"""What the server and the policies answer, whatever the path is."""


def problems(*kinds: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: these problems of a route, and those of every route, by their statuses."""
    titles: dict[int, list[str]] = {}
    every: list[type[Problem]] = [*_OF_EVERY_ROUTE, *kinds]
    for kind in sorted(every, key=lambda kind: kind.status):
        titles.setdefault(kind.status, []).append(kind.title)
    return {status: _problem("; ".join(of_status)) for status, of_status in titles.items()}


def _problem(description: str) -> dict[str, Any]:
    return {"description": f"{description} (RFC 9457).", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}


ETAGGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What `If-None-Match` names is still current."},
    PreconditionFailed.status: _problem(PreconditionFailed.title),
}
"""For `responses=` of a route whose answers have an `ETag`."""


def inline_schema(model: Any) -> dict[str, Any]:
    """The JSON Schema of a type; definitions stand in place of the references to them."""
    schema = TypeAdapter(model).json_schema()
    definitions = schema.pop("$defs", {})

    def inline(part: Any) -> Any:
        if isinstance(part, list):
            return [inline(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inline(definitions[part["$ref"].rpartition("/")[2]])
        return {name: inline(value) for name, value in part.items()}

    return {name: inline(value) for name, value in schema.items()}


def images_response(formats: Iterable[ResponseFormat], *kinds: type[Problem], cached: bool = False) -> dict[str, Any]:
    """Arguments of a route that answers images in any of these formats, or one of these problems."""
    media_types = [each.media_type for each in formats]
    headers = {
        "Inkcode-Model": {"description": "Model that drew: name@sha256[:12].", "schema": {"type": "string"}},
        "Inkcode-Seed": {"description": "Seed to draw it again with.", "schema": {"type": "string"}},
        "Server-Timing": {"description": "queue, inference and encode in ms.", "schema": {"type": "string"}},
    }
    answer = {"description": "The pictures.", "content": _content(media_types, ImagesDocument), "headers": headers}
    others = problems(*kinds) | (ETAGGED if cached else {})
    return {"response_class": Response, "responses": {200: answer} | others}


def file_response(
    *media_types: str, document: Any = None, status: int = 200, others: dict[int | str, dict[str, Any]]
) -> dict[str, Any]:
    """Arguments of a route that answers a file of one of these types with this status, or one of `others`.

    `document` is the type of what the file holds where it is JSON.
    """
    answer = {"description": "The file.", "content": _content(media_types, document)}
    return {"response_class": Response, "status_code": status, "responses": {status: answer} | others}


def _content(media_types: Iterable[str], document: Any) -> dict[str, Any]:
    return {kind: {"schema": inline_schema(document) if kind == JSON else _BINARY} for kind in media_types}


def complete(app: FastAPI, keys: bool) -> None:
    """Add to the app's document what FastAPI does not know: the schema of problems and, where there are, `keys`."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = make()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = inline_schema(ProblemDocument)
            if keys:
                components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer"}}
                _require_key(document)
        assert app.openapi_schema  # noqa: S101 - `make` keeps it there
        return app.openapi_schema

    setattr(app, "openapi", openapi)  # noqa: B010 - mypy does not allow to assign to a method


def _require_key(document: dict[str, Any]) -> None:
    refused = _problem(f"{MissingKey.title}; {UnknownKey.title}")
    for path, operations in document["paths"].items():
        for operation in operations.values() if path not in PROBES else ():
            operation["security"] = [{_SCHEME: []}]
            operation["responses"][str(MissingKey.status)] = refused
