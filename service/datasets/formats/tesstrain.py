"""Ground truth for tesstrain, which trains Tesseract: `KEY.png`, its text `KEY.gt.txt`, and the boxes `KEY.box`.

A box file has a line `CHARACTER LEFT BOTTOM RIGHT TOP PAGE` for each character, in pixels from the lower left corner,
and one whose character is a tab, which marks the end of the text line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.datasets.formats.tar import tar
from service.datasets.sample import Sample, Shard
from service.imaging.lines import Box


def write(shard: Shard) -> bytes:
    """A shard as a tar archive."""
    return tar(file for sample in shard.samples for file in _files(sample))


def _files(sample: Sample) -> Iterator[tuple[str, bytes]]:
    yield f"{sample.key}.png", sample.png
    yield f"{sample.key}.gt.txt", f"{sample.label}\n".encode()
    yield f"{sample.key}.box", "".join(_box_lines(sample)).encode()


def _box_lines(sample: Sample) -> Iterator[str]:
    height, width = sample.picture.shape[:2]
    symbols: Sequence[str] = sample.label if sample.boxes else [sample.label]
    boxes: Sequence[Box] = sample.boxes or [(0, 0, width, height)]
    for symbol, (x, y, box_width, box_height) in zip(symbols, boxes, strict=True):
        yield f"{symbol} {x} {height - y - box_height} {x + box_width} {height - y} 0\n"
    yield f"\t {width} 0 {width + 1} {height} 0\n"
