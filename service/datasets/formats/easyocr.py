"""EasyOCR's training data: a folder of the images and `labels.csv`, with a line `KEY.png,TEXT` for each.

The folder is named for the shard, so that several shards can be unpacked beside one another: EasyOCR's trainer reads
every folder below the one it is given. It splits a line at the first comma and knows no quotes, so texts stand as they
are. Its reader takes a column of nothing but numbers for numbers, which no file can prevent.
"""

from __future__ import annotations

from service.datasets.formats.tar import tar
from service.datasets.sample import Shard


def write(shard: Shard) -> bytes:
    """A shard as a tar archive."""
    lines = ["filename,words\n", *(f"{sample.key}.png,{sample.label}\n" for sample in shard.samples)]
    images = ((f"{shard.name}/{sample.key}.png", sample.png) for sample in shard.samples)
    return tar([(f"{shard.name}/labels.csv", "".join(lines).encode()), *images])
