"""The body of an inference response: a JSON object, which the bytes of the images may follow."""

from __future__ import annotations

import json

from service.engine.repository.models import Model
from service.http.open_inference.request_body import HEADER_LENGTH
from service.imaging.arrays import Images
from service.open_inference.data_plane import VERSION
from service.open_inference.infer_request import InferRequest


def encode_response(request: InferRequest, model: Model, images: Images) -> tuple[bytes, dict[str, str]]:
    """The content and its headers; `images` are uint8 `(n, C, H, W)`.

    The header `Inference-Header-Content-Length` counts bytes of the content before it is compressed.
    """
    output = {"name": "images", "shape": images.shape, "datatype": "UINT8"}
    headers = {"Content-Type": "application/json"}
    if request.wants_binary:
        tensor = images.tobytes()
        document = _document(request, model, {**output, "parameters": {"binary_data_size": len(tensor)}})
        headers |= {"Content-Type": "application/octet-stream", HEADER_LENGTH: str(len(document))}
        content = document + tensor
    else:
        content = _document(request, model, {**output, "data": images.ravel().tolist()})
    return content, headers


def _document(request: InferRequest, model: Model, output: dict[str, object]) -> bytes:
    identity = {} if request.id is None else {"id": request.id}
    document = {**identity, "model_name": model.card.name, "model_version": VERSION, "outputs": [output]}
    return json.dumps(document).encode()
