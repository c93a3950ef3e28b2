"""The body of an inference request: a JSON object, which the bytes of its tensor may follow.

Source: github.com/triton-inference-server/server, docs/protocol/extension_binary_data.md.
"""

from __future__ import annotations

from latent import CodeError
from service.http.json_body import parse_json
from service.http.problem_document import field_error
from service.http.problems import JsonTypeRequired
from service.open_inference.infer_request import InferRequest

HEADER_LENGTH = "Inference-Header-Content-Length"
"""The header that gives the bytes of the JSON object, where a tensor follows it."""

# Clients of the protocol send no type, or one of the first two; curl -d sends the third unless it is told otherwise.
_MEDIA_TYPES = ("application/json", "application/octet-stream", "application/x-www-form-urlencoded")

_FP32_SIZE = 4  # bytes


def check_media_type(content_type: str) -> None:
    """Check a body's media type, empty where there is none: the protocol asks for none.

    Raises:
        JsonTypeRequired: it is a type that the protocol's clients do not send.
    """
    if content_type and content_type not in _MEDIA_TYPES:
        expected = "must be application/json or application/octet-stream, or left out"
        raise JsonTypeRequired(f"Content-Type {expected}", [field_error("Content-Type", content_type, expected)])


def parse_body(body: bytes, header_length: int | None, dim: int) -> tuple[InferRequest, bytes | None]:
    """The request, and its tensor's bytes where they follow the JSON object.

    `header_length` is the header `Inference-Header-Content-Length`. Where it is 0, there is no JSON object: the body is
    the tensor alone, full vectors of `dim` numbers each, and the answer is to be binary too.

    Raises:
        InvalidJson, RequestValidationError: see `parse_json`.
        CodeError: the lengths do not fit together.
    """
    if header_length is None:
        request = parse_json(InferRequest, body)
        if request.inputs[0].binary_size is not None:
            raise CodeError(HEADER_LENGTH, None, "is required where a tensor follows the JSON object")
        return request, None
    if header_length > len(body):
        raise CodeError(HEADER_LENGTH, header_length, f"must be at most {len(body)}, the bytes of the body")
    rest = body[header_length:]
    request = parse_json(InferRequest, body[:header_length]) if header_length else _raw_request(rest, dim)
    size = request.inputs[0].binary_size
    if size is None and rest:
        raise CodeError(HEADER_LENGTH, header_length, f"must be {len(body)}: no tensor is to follow the JSON object")
    if size not in (None, len(rest)):
        field = "inputs[0].parameters.binary_data_size"
        raise CodeError(field, size, f"must be {len(rest)}, the bytes that follow the JSON object")
    return request, None if size is None else rest


def _raw_request(tensor: bytes, dim: int) -> InferRequest:
    given = {
        "name": "latent",
        "shape": [len(tensor) // (dim * _FP32_SIZE), dim],
        "datatype": "FP32",
        "parameters": {"binary_data_size": len(tensor)},
    }
    return InferRequest.model_validate({"inputs": [given], "parameters": {"binary_data_output": True}})
