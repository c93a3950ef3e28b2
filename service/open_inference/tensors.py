"""The tensors of a request and its answer: latents from the input, bytes from the images."""

from __future__ import annotations

import numpy as np

from latent import CodeError, LatentSpec, codes
from latent.codes import Latents
from service.open_inference.infer_request import InputTensor

_FIELD = "inputs[0]"
_FP32 = np.dtype("<f4")


def read_latents(given: InputTensor, raw: bytes | None, spec: LatentSpec, max_rows: int) -> Latents:
    """The latents float32 `(n, dim)` of an input tensor, n from 1 to `max_rows`.

    `raw` are its contents as bytes (FP32, little-endian, row-major), None where `data` holds them.

    Raises:
        CodeError: the shape does not fit, the contents do not fit the shape, or a number is out of its range.
    """
    rows, width = given.shape
    if width != spec.dim or not 1 <= rows <= max_rows:
        raise CodeError(f"{_FIELD}.shape", given.shape, f"must be [n, {spec.dim}], n from 1 to {max_rows}")
    if given.data is not None and raw is not None:
        raise CodeError(f"{_FIELD}.data", f"{len(given.data)} numbers", "cannot be combined with binary contents")
    if raw is not None:
        return codes.from_full(spec, _from_bytes(raw, rows, width), f"{_FIELD}.data")
    if given.data is None:
        raise CodeError(f"{_FIELD}.data", None, "is required, unless the contents are given as bytes")
    flat = [number for part in given.data for number in (part if isinstance(part, list) else [part])]
    if len(flat) != rows * width:
        raise CodeError(f"{_FIELD}.data", f"{len(flat)} numbers", f"must be {rows * width} numbers by its shape")
    return codes.from_full(spec, np.reshape(flat, (rows, width)), f"{_FIELD}.data")


def _from_bytes(raw: bytes, rows: int, width: int) -> Latents:
    size = rows * width * _FP32.itemsize
    if len(raw) != size:
        raise CodeError(f"{_FIELD}.data", f"{len(raw)} bytes", f"must be {size} bytes by its shape")
    return np.frombuffer(raw, _FP32).reshape(rows, width)
