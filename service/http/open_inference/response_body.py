"""The body of an inference response: a JSON object, which the bytes of the images may follow."""

from __future__ import annotations

import json
from typing import Annotated, Literal, NotRequired

import numpy as np
from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from service.engine.repository.models import Model
from service.http.open_inference.request_body import HEADER_LENGTH
from service.imaging.arrays import Images
from service.open_inference.data_plane import VERSION
from service.open_inference.infer_request import InferRequest

_WIDTH = 4  # bytes of a number, a comma and spaces, which JSON allows between values
_JSON_NUMBERS = np.array([f"{value},".rjust(_WIDTH) for value in range(256)], f"S{_WIDTH}")


class TensorParameters(TypedDict):
    """Where the bytes of a tensor are."""

    binary_data_size: Annotated[int, Field(description="Bytes that follow the JSON object.")]


class OutputTensor(TypedDict):
    """The images: in `data`, row by row, or as bytes behind the JSON object."""

    name: Literal["images"]
    shape: tuple[int, ...]
    datatype: Literal["UINT8"]
    data: NotRequired[list[Annotated[int, Field(ge=0, le=255)]]]
    parameters: NotRequired[TensorParameters]


class InferResponse(TypedDict):
    """The JSON object of a response."""

    id: NotRequired[str]
    model_name: str
    model_version: str
    outputs: list[OutputTensor]


def encode_response(request: InferRequest, model: Model, images: Images) -> tuple[bytes, dict[str, str]]:
    """The content and its headers; `images` are uint8 `(n, C, H, W)`.

    The header `Inference-Header-Content-Length` counts bytes of the content before it is compressed.
    """
    output: OutputTensor = {"name": "images", "shape": images.shape, "datatype": "UINT8"}
    headers = {"Content-Type": "application/json"}
    if request.wants_binary:
        tensor = images.tobytes()
        document = _document(request, model, {**output, "parameters": {"binary_data_size": len(tensor)}})
        headers |= {"Content-Type": "application/octet-stream", HEADER_LENGTH: str(len(document))}
        content = document + tensor
    else:
        before, after = _document(request, model, {**output, "data": []}).rsplit(b"[]", 1)
        content = b"".join((before, b"[", _numbers(images), b"]", after))
    return content, headers


def response_size(request: InferRequest, pixels: int) -> int:
    """Bytes of the content with images of this many pixels, in all channels."""
    return pixels if request.wants_binary else pixels * _WIDTH


def _document(request: InferRequest, model: Model, output: OutputTensor) -> bytes:
    document: InferResponse = {"model_name": model.card.name, "model_version": VERSION, "outputs": [output]}
    return json.dumps(document if request.id is None else {"id": request.id, **document}).encode()


def _numbers(images: Images) -> bytes:
    """Every pixel as JSON, separated by commas. A list of Python's numbers would take 20 times the memory."""
    return _JSON_NUMBERS[images.ravel()].tobytes()[:-1]
