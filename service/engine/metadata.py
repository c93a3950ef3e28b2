"""The metadata of an `.onnx` file, read without loading its graph: a few hundred bytes of many megabytes.

Source: onnx.proto, messages ModelProto and StringStringEntryProto, in the wire format of Protocol Buffers.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from service.engine.repository.files import LoadError

_METADATA_PROPS, _KEY, _VALUE = 14, 1, 2  # field numbers
_VARINT, _LENGTH_DELIMITED = 0, 2  # wire types; an ONNX model uses no others at its top level


def read_metadata(path: Path) -> dict[str, str]:
    """The key-value properties (`metadata_props`) that a model's file carries beside its graph.

    Raises:
        LoadError: not an ONNX file, or a truncated one.
    """
    try:
        with path.open("rb") as file:
            entries = [dict(_fields(io.BytesIO(content))) for _, content in _fields(file, _METADATA_PROPS)]
        return {entry[_KEY].decode(): entry.get(_VALUE, b"").decode() for entry in entries}
    except (OSError, ValueError, KeyError) as error:
        raise LoadError(f"cannot be read as an ONNX file: {error}") from None


def _fields(file: BinaryIO, wanted: int | None = None) -> Iterator[tuple[int, bytes]]:
    """The fields of a message as (number, content): all, or those of one number. Others are skipped unread."""
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


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        (byte,) = file.read(1) or b"\xff"  # past the end, a byte that says there are more: raises below
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ValueError("it is none, or ends early")
