"""An ImageFolder of Hugging Face `datasets`: a zip of PNG files and `metadata.parquet`, with what is known of each.

The metadata are Parquet, because the loader guesses the types of JSON and CSV from their text: it would take the label
`2026-11-21` for a time. Every column has its type here, whatever the samples are; a seed is text, because the loader
cannot hold one from 2**63 on. The loader finds the metadata by
their name alone, so they stand in a folder named for the shard: several shards can be unpacked into one folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.datasets.formats.parquet import table_bytes
from service.datasets.sample import Shard
from service.imaging.archive import zip_files
from service.imaging.png import png


def write(shard: Shard) -> bytes:
    """A shard as a zip file.

    Raises:
        ImportError: PyArrow is not installed.
    """
    files = [(f"{shard.name}/metadata.parquet", _metadata(shard))]
    for sample in shard.samples:
        files.append((f"{shard.name}/{sample.key}.png", sample.png))
        if sample.mask is not None:
            files.append((f"{shard.name}/{sample.key}.mask.png", png(sample.mask)))
    return zip_files(files)


def _metadata(shard: Shard) -> bytes:
    import pyarrow as pa  # optional, and half a second to import

    first = shard.samples[0]
    schema = _schema(
        pa,
        shard.code_types,
        is_lines=first.boxes is not None,
        is_masked=first.mask is not None,
        is_on_paper=first.quads is not None,
    )
    rows = [
        {
            **sample.facts,
            "file_name": f"{sample.key}.png",
            "mask_file_name": f"{sample.key}.mask.png",
            "seed": str(sample.facts["seed"]),
        }
        for sample in shard.samples
    ]
    return table_bytes(pa.Table.from_pylist(rows, pa.schema(schema)))


def _schema(
    pa: Any, code_types: Mapping[str, type[int] | type[float]], is_lines: bool, is_masked: bool, is_on_paper: bool
) -> list[tuple[str, Any]]:
    """The columns and their types: the facts of a sample, and the names by which the loader finds its images."""
    codes = pa.struct([(name, pa.int64() if kind is int else pa.float64()) for name, kind in code_types.items()])
    of_glyph = [
        ("codes", codes),
        ("attempt", pa.int64()),
        ("verifier", pa.string()),
        ("reading", pa.string()),
        ("confidence", pa.float64()),
        ("accepted", pa.bool_()),
    ]
    of_line = [("boxes", pa.list_(pa.list_(pa.int64()))), ("glyphs", pa.list_(pa.struct(of_glyph)))]
    if is_on_paper:
        of_line.insert(1, ("quads", pa.list_(pa.list_(pa.list_(pa.float64())))))
    return [
        ("file_name", pa.string()),
        *([("mask_file_name", pa.string())] if is_masked else []),
        ("label", pa.string()),
        ("codepoints", pa.list_(pa.string())),
        ("seed", pa.string()),
        ("index", pa.int64()),
        ("model", pa.string()),
        *(of_line if is_lines else of_glyph),
    ]
