"""WebDataset: a tar of `KEY.png`, `KEY.cls` (if labels are classes), `KEY.txt` and `KEY.json` for each sample.

`KEY.mask.png` is the mask, if there is one.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.datasets.formats.tar import tar
from service.datasets.sample import Sample, Shard
from service.imaging.png import png


def write(shard: Shard) -> bytes:
    """Samples as a tar archive."""
    return tar(file for sample in shard.samples for file in _files(sample))


def _files(sample: Sample) -> Iterator[tuple[str, bytes]]:
    yield f"{sample.key}.png", sample.png
    if sample.mask is not None:
        yield f"{sample.key}.mask.png", png(sample.mask)
    if sample.class_index is not None:
        yield f"{sample.key}.cls", str(sample.class_index).encode()
    yield f"{sample.key}.txt", sample.label.encode()
    yield f"{sample.key}.json", sample.facts_json.encode()
