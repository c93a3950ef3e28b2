"""Latents of input tensors, and their limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from latent import CodeError, LatentSpec
from latent.codes import draw
from service.open_inference.infer_request import InputTensor
from service.open_inference.tensors import read_latents


def tensor(shape: list[int], **fields: Any) -> InputTensor:
    return InputTensor.model_validate({"name": "latent", "datatype": "FP32", "shape": shape, **fields})


def test_numbers_rows_and_bytes_are_the_same_latents(mnist: LatentSpec) -> None:
    latents = draw(mnist, 1, range(4))
    rows = latents.astype(float).tolist()
    for given, raw in (
        (tensor([4, 74], data=rows), None),
        (tensor([4, 74], data=latents.ravel().astype(float).tolist()), None),
        (tensor([4, 74]), latents.astype("<f4").tobytes()),
    ):
        read = read_latents(given, raw, mnist, 4)
        assert read.dtype == np.float32
        np.testing.assert_array_equal(read, latents)


@pytest.mark.parametrize(
    ("given", "raw", "field"),
    [
        (tensor([1, 74], data=[0.0] * 74), bytes(296), "inputs[0].data"),
        (tensor([1, 74]), None, "inputs[0].data"),
        (tensor([1, 74]), b"", "inputs[0].data"),
        (tensor([5, 74]), bytes(5 * 296), "inputs[0].shape"),
        (tensor([0, 74]), b"", "inputs[0].shape"),
        (tensor([2**62, 74]), b"", "inputs[0].shape"),
        (tensor([1, 74]), bytes(296), "inputs[0].data[0].c1"),
    ],
)
def test_what_does_not_fit_is_named(mnist: LatentSpec, given: InputTensor, raw: bytes | None, field: str) -> None:
    with pytest.raises(CodeError) as refused:
        read_latents(given, raw, mnist, 4)
    assert refused.value.field == field
