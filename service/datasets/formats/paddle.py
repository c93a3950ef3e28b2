"""PaddleOCR's recognition data: the images, and a label file with a line `images/KEY.png<tab>TEXT` for each.

The label file is `gt-NUMBER.txt`, named for the shard, so that several shards can be unpacked into one folder:
PaddleOCR takes a list of label files.
"""

from __future__ import annotations

from service.datasets.formats.tar import tar
from service.datasets.sample import Shard


def write(shard: Shard) -> bytes:
    """A shard as a tar archive."""
    names = [f"images/{sample.key}.png" for sample in shard.samples]
    lines = [f"{name}\t{sample.label}\n" for name, sample in zip(names, shard.samples, strict=True)]
    images = ((name, sample.png) for name, sample in zip(names, shard.samples, strict=True))
    return tar([(f"gt-{shard.name}.txt", "".join(lines).encode()), *images])
