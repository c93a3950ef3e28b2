"""The bytes of an `.onnx` file, read without the onnx package: its top-level fields, and the digest of its graph.

Source: onnx.proto, message ModelProto, in the wire format of Protocol Buffers.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO

METADATA_PROPS = 14
"""The number of ModelProto's field `metadata_props`; one per key-value property."""

_VARINT, _LENGTH_DELIMITED = 0, 2  # wire types; an ONNX model uses no others at its top level


def fields(file: BinaryIO, wanted: int | None = None) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message as (number, content): all, or those of one number; others are skipped.

    Raises:
        ValueError: not such a message, or a truncated one.
    """
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    while file.tell() < end:
        tag = _varint(file)
        number, wire_type = tag >> 3, tag & 7
        size = _varint(file)
        if wire_type == _VARINT:
            continue
        if wire_type != _LENGTH_DELIMITED or size > end - file.tell():
            raise ValueError("it is none, or ends early")
        if wanted in (number, None):
            yield number, file.read(size)
        else:
            file.seek(size, io.SEEK_CUR)


def graph_sha256(content: bytes) -> str:
    """SHA-256, hexadecimal, of a model without its metadata properties: a new card does not change it.

    It is computed over each length-delimited field but those, in the order of their numbers: the number and the length
    as 8 bytes each, big-endian, then the content.

    Raises:
        ValueError: not an ONNX file, or a truncated one.
    """
    digest = hashlib.sha256()
    for number, field in sorted(fields(io.BytesIO(content)), key=lambda numbered: numbered[0]):
        if number != METADATA_PROPS:
            digest.update(number.to_bytes(8) + len(field).to_bytes(8) + field)
    return digest.hexdigest()


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        (byte,) = file.read(1) or b"\xff"  # past the end, a byte that says there are more: raises below
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ValueError("it is none, or ends early")
