"""What the OpenAPI document says of responses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from service.http.negotiation import ResponseFormat
from service.http.problem_document import MEDIA_TYPE

_BINARY = {"type": "string", "format": "binary"}

_IMAGE = {
    "type": "object",
    "required": ["codes", "png"],
    "properties": {
        "index": {
            "type": "integer",
            "description": "Index of the sample; absent if it is none.",
        },
        "label": {"type": ["string", "null"]},
        "codes": {"type": "object", "description": "Value of every variable but the noise, by name."},
        "png": {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"},
    },
}

_DOCUMENT = {
    "type": "object",
    "required": ["model", "images"],
    "properties": {
        "model": {"type": "string", "examples": ["mnist-infogan@0123456789ab"]},
        "seed": {"type": "integer"},
        "images": {"type": "array", "items": _IMAGE},
    },
}

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "value", "expected"],
                "properties": {
                    "field": {"type": "string", "examples": ["codes[3].c1"]},
                    "value": {"description": "The rejected value, shortened."},
                    "expected": {"type": "string", "examples": ["must be a whole number from 0 to 9, or a label"]},
                },
            },
        },
    },
}

PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": "Why it cannot be answered (RFC 9457).", "content": {MEDIA_TYPE: {"schema": _PROBLEM}}}
    for code in ("422", "default")
}
"""Responses of every path when something is wrong."""


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a body that a route reads itself; definitions stand in place of the references to them."""
    schema = model.model_json_schema()
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


def images_response(formats: Iterable[ResponseFormat]) -> dict[str, Any]:
    """Arguments of a route that answers images in any of these formats."""
    content = {each.media_type: {"schema": _DOCUMENT if each is ResponseFormat.JSON else _BINARY} for each in formats}
    headers = {
        "Inkcode-Model": {"description": "Model that drew: name@sha256[:12].", "schema": {"type": "string"}},
        "Inkcode-Seed": {"description": "Seed to draw it again with.", "schema": {"type": "string"}},
        "Server-Timing": {"description": "queue, inference and encode in ms.", "schema": {"type": "string"}},
    }
    answer = {"description": "The pictures.", "content": content, "headers": headers}
    return {"response_class": Response, "responses": {200: answer}}


def file_response(*media_types: str, status: int = 200) -> dict[str, Any]:
    """Arguments of a route that answers a file of one of these types, with this status."""
    content: dict[str, Any] = {
        kind: {"schema": {"type": "object"} if kind == "application/json" else _BINARY} for kind in media_types
    }
    responses = {status: {"description": "The file.", "content": content}}
    return {"response_class": Response, "status_code": status, "responses": responses}
