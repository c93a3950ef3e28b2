"""PaddleOCR's detection data: the images, and a label file with a line `images/KEY.png<tab>JSON` for each.

The JSON is a list of the page's lines: their text as `transcription`, and their four corners as `points`, clockwise
from the upper left. The label file is `Label-NUMBER.txt`, named for the shard, so that several shards can be unpacked
into one folder: PaddleOCR takes a list of label files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from service.datasets.formats.tar import tar
from service.datasets.placed_writing import Place
from service.datasets.sample import Sample, Shard


def write(shard: Shard) -> bytes:
    """A shard of pages as a tar archive."""
    rows = [f"images/{sample.key}.png\t{_lines(sample)}\n" for sample in shard.samples]
    images: Iterator[tuple[str, bytes]] = ((f"images/{sample.key}.png", sample.png) for sample in shard.samples)
    return tar([(f"Label-{shard.name}.txt", "".join(rows).encode()), *images])


def _lines(sample: Sample) -> str:
    entries = [{"transcription": line["text"], "points": corners(line)} for line in sample.page_lines or ()]
    return json.dumps(entries, ensure_ascii=False)


def corners(entry: Place) -> list[list[float]]:
    """The corners of what a page's entry, as `line_entry` gives it, is about: its quad, or else those of its box."""
    if "quad" in entry:
        return [list(point) for point in entry["quad"]]
    x, y, width, height = entry["box"]
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
