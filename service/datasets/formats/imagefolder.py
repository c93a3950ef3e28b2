"""An ImageFolder of Hugging Face `datasets`: a zip of PNG files and `metadata.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from service.datasets.sample import Sample
from service.imaging.archive import zip_files


def write(samples: Sequence[Sample]) -> bytes:
    """Samples as a zip file."""
    lines = [json.dumps({"file_name": f"{sample.key}.png", **sample.facts}, ensure_ascii=False) for sample in samples]
    images = [(f"{sample.key}.png", sample.png) for sample in samples]
    return zip_files([("metadata.jsonl", "".join(f"{line}\n" for line in lines).encode()), *images])
