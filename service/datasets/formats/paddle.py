"""PaddleOCR's recognition data: the images, and `gt.txt` with a line `images/KEY.png<tab>TEXT` for each."""

from __future__ import annotations

from collections.abc import Sequence

from service.datasets.formats.tar import tar
from service.datasets.sample import Sample


def write(samples: Sequence[Sample]) -> bytes:
    """Samples as a tar archive."""
    names = [f"images/{sample.key}.png" for sample in samples]
    lines = [f"{name}\t{sample.label}\n" for name, sample in zip(names, samples, strict=True)]
    images = ((name, sample.png) for name, sample in zip(names, samples, strict=True))
    return tar([("gt.txt", "".join(lines).encode()), *images])
