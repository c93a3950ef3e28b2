"""Inference requests and responses of gRPC, as the data plane has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from latent import CodeError
from service.engine.repository.models import Model
from service.grpc.messages import message
from service.http.json_body import validate
from service.imaging.arrays import Images
from service.open_inference.data_plane import VERSION
from service.open_inference.infer_request import InferRequest


def parse_request(given: Any) -> tuple[InferRequest, bytes | None]:
    """A `ModelInferRequest` as a request of the data plane, and the bytes of its tensor where there are any.

    Raises:
        RequestValidationError: a value does not fit the schema.
        CodeError: the tensor is given twice, or there are not as many raw contents as inputs.
    """
    inputs = [
        {
            "name": tensor.name,
            "datatype": tensor.datatype,
            "shape": list(tensor.shape),
            "parameters": _parameters(tensor.parameters),
        }
        for tensor in given.inputs
    ]
    outputs = [{"name": tensor.name, "parameters": _parameters(tensor.parameters)} for tensor in given.outputs]
    document = {"inputs": inputs, "outputs": outputs, "parameters": _parameters(given.parameters)}
    return validate(InferRequest, document | {"id": given.id or None}), _raw(given)


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    choices = {name: value.WhichOneof("parameter_choice") for name, value in given.items()}
    return {name: getattr(given[name], choice) for name, choice in choices.items() if choice}


def _raw(given: Any) -> bytes | None:
    raw, contents = given.raw_input_contents, given.inputs[0].contents.fp32_contents
    if raw and (contents or len(raw) != 1):
        raise CodeError("raw_input_contents", len(raw), "must be one, and `contents` empty, for the one input")
    if raw:
        return bytes(raw[0])
    return np.array(contents, "<f4").tobytes() if contents else None


def make_response(request: InferRequest, model: Model, images: Images) -> Any:
    """A `ModelInferResponse` with the images, uint8 `(n, C, H, W)`, as raw contents."""
    response = message(
        "ModelInferResponse",
        model_name=model.card.name,
        model_version=VERSION,
        id=request.id or "",
        raw_output_contents=[images.tobytes()],
    )
    response.outputs.add(name="images", datatype="UINT8", shape=images.shape)
    return response
