"""Parquet for Hugging Face `datasets`: an image feature, `struct{bytes, path}`, the label, and the facts as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from service.datasets.sample import Sample


def write(samples: Sequence[Sample]) -> bytes:
    """Samples as a Parquet table.

    Raises:
        ImportError: PyArrow is not installed.
    """
    import pyarrow as pa  # optional, and half a second to import

    pictures = [{"bytes": sample.png, "path": f"{sample.key}.png"} for sample in samples]
    table = pa.table(
        {
            "image": pa.array(pictures, pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            "label": pa.array([sample.label for sample in samples], pa.string()),
            "facts": pa.array([sample.facts_json for sample in samples], pa.string()),
        }
    ).replace_schema_metadata({"huggingface": _features()})
    return _encoded(table)


@cache
def _features() -> str:
    text = {"dtype": "string", "_type": "Value"}
    return json.dumps({"info": {"features": {"image": {"_type": "Image"}, "label": text, "facts": text}}})


def _encoded(table: Any) -> bytes:
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, compression="none")  # PNG is compressed already
    return out.getvalue()
