"""WebDataset: a tar of `KEY.png`, `KEY.cls` (where labels are classes), `KEY.txt` and `KEY.json`, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.datasets.formats.tar import tar
from service.datasets.sample import Sample


def write(samples: Sequence[Sample]) -> bytes:
    """Samples as a shard."""
    return tar(file for sample in samples for file in _files(sample))


def _files(sample: Sample) -> Iterator[tuple[str, bytes]]:
    yield f"{sample.key}.png", sample.png
    if sample.value is not None:
        yield f"{sample.key}.cls", str(sample.value).encode()
    yield f"{sample.key}.txt", sample.label.encode()
    yield f"{sample.key}.json", sample.document.encode()
