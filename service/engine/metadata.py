"""The metadata of an `.onnx` file, read without loading its graph: a few hundred bytes of many megabytes.

Source: onnx.proto, message StringStringEntryProto.
"""

from __future__ import annotations

import io
from pathlib import Path

from latent import onnx_file
from service.engine.repository.files import LoadError

_KEY, _VALUE = 1, 2  # field numbers


def read_metadata(path: Path) -> dict[str, str]:
    """The key-value properties (`metadata_props`) that a model's file carries beside its graph.

    Raises:
        LoadError: not an ONNX file, or a truncated one.
    """
    try:
        with path.open("rb") as file:
            properties = [content for _, content in onnx_file.fields(file, onnx_file.METADATA_PROPS)]
        entries = [dict(onnx_file.fields(io.BytesIO(content))) for content in properties]
        return {entry[_KEY].decode(): entry.get(_VALUE, b"").decode() for entry in entries}
    except (OSError, ValueError, KeyError) as error:
        raise LoadError(f"cannot be read as an ONNX file: {error}") from None
