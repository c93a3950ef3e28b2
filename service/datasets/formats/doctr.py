"""docTR's recognition data: a folder of `images/` and `labels.json`, an object of the text of each image by file name.

The folder is named for the shard, so that several shards can be unpacked beside one another: docTR's training script
joins the folders below the one it is given.
"""

from __future__ import annotations

import json

from service.datasets.formats.tar import tar
from service.datasets.sample import Shard


def write(shard: Shard) -> bytes:
    """A shard as a tar archive."""
    labels = json.dumps({f"{sample.key}.png": sample.label for sample in shard.samples}, ensure_ascii=False)
    images = ((f"{shard.name}/images/{sample.key}.png", sample.png) for sample in shard.samples)
    return tar([(f"{shard.name}/labels.json", labels.encode()), *images])
