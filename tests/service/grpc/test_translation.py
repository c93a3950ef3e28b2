"""Messages of gRPC to the data plane and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.exceptions import RequestValidationError

from latent import CodeError
from service.grpc.messages import message
from service.grpc.translation import parse_request

NUMBERS = [0.5, -1.25, 3.0]


def request(**fields: Any) -> Any:
    given = message("ModelInferRequest", model_name="m", **fields)
    given.inputs.add(name="latent", datatype="FP32", shape=[1, 3])
    return given


def test_contents_as_numbers_are_as_good_as_raw_ones() -> None:
    given = request()
    given.inputs[0].contents.fp32_contents.extend(NUMBERS)
    raw = np.array(NUMBERS, "<f4").tobytes()
    assert parse_request(given)[1] == raw
    assert parse_request(request(raw_input_contents=[raw]))[1] == raw
    assert parse_request(request())[1] is None


def test_contents_are_given_once() -> None:
    both = request(raw_input_contents=[b""])
    both.inputs[0].contents.fp32_contents.extend(NUMBERS)
    for wrong in (both, request(raw_input_contents=[b"", b""])):
        with pytest.raises(CodeError, match="raw_input_contents"):
            parse_request(wrong)


def test_parameters_are_read_whatever_their_type() -> None:
    given = request(id="7")
    given.parameters["timeout"].int64_param = 2_000_000
    given.parameters["priority"].uint64_param = 1
    given.parameters["note"].string_param = "x"
    given.parameters["share"].double_param = 0.5
    given.parameters["empty"].SetInParent()
    parsed, _ = parse_request(given)
    assert parsed.id == "7"
    assert parsed.time_limit(30) == 2
    assert parsed.time_limit(1) == 1
    given.parameters["timeout"].string_param = "soon"
    with pytest.raises(RequestValidationError):
        parse_request(given)
