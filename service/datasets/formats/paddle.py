"""PaddleOCR's recognition data: `gt.txt`, a line of `images/KEY.png`, a tab and the text each, and the images."""

from __future__ import annotations

from collections.abc import Sequence

from service.datasets.formats.tar import tar
from service.datasets.sample import Sample


def write(samples: Sequence[Sample]) -> bytes:
    """Samples as a tar to unpack."""
    names = [f"images/{sample.key}.png" for sample in samples]
    lines = [f"{name}\t{sample.label}\n" for name, sample in zip(names, samples, strict=True)]
    images = ((name, sample.png) for name, sample in zip(names, samples, strict=True))
    return tar([("gt.txt", "".join(lines).encode()), *images])
