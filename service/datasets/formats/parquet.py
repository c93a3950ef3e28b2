"""Parquet for Hugging Face `datasets`: an image feature, `struct{bytes, path}`, the label, and the facts as JSON.

Masks are a second image feature, `mask`.
"""

from __future__ import annotations

import io
import json
from typing import Any

from service.datasets.sample import Shard
from service.imaging.png import png


def write(shard: Shard) -> bytes:
    """A shard as a Parquet table.

    Raises:
        ImportError: PyArrow is not installed.
    """
    import pyarrow as pa  # optional, and half a second to import

    samples, image = shard.samples, pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pictures = [{"bytes": sample.png, "path": f"{sample.key}.png"} for sample in samples]
    columns = {
        "image": pa.array(pictures, image),
        "label": pa.array([sample.label for sample in samples], pa.string()),
        "facts": pa.array([sample.facts_json for sample in samples], pa.string()),
    }
    masks = [
        {"bytes": png(sample.mask), "path": f"{sample.key}.mask.png"} for sample in samples if sample.mask is not None
    ]
    if masks:
        columns["mask"] = pa.array(masks, image)
    features = {name: _IMAGE if column.type == image else _TEXT for name, column in columns.items()}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return table_bytes(pa.table(columns).replace_schema_metadata(metadata))


_IMAGE, _TEXT = {"_type": "Image"}, {"dtype": "string", "_type": "Value"}


def table_bytes(table: Any) -> bytes:
    """A PyArrow table as a Parquet file. It is not compressed: a PNG is compressed already."""
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, compression="none")
    return out.getvalue()
