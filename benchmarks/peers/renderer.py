"""The work of every peer for a request, apart from serving it: Inkcode's session, grid and PNG encoder.

The peers therefore differ from Inkcode, and from each other, only in how they serve.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from service.engine.session import GeneratorSession
from service.imaging.grid import grid, near_square_columns
from service.imaging.png import png

Vectors = Sequence[Sequence[float]]
"""The full vectors of one request, as parsed from JSON."""

WORKERS = int(os.environ.get("WORKERS", "1"))
"""Number of computing processes."""

BATCH = 64
"""Most images in one call of the session and most requests in one batch; Inkcode's default `batch_rows`."""


class Renderer:
    """Full vectors -> PNG grids. It may be shared among threads."""

    def __init__(self) -> None:
        self._generator = GeneratorSession(Path(os.environ["MODEL"]), "cpu", BATCH)

    def render(self, vectors: Vectors) -> bytes:
        """The PNG of one request."""
        return self.render_batch([vectors])[0]

    def render_batch(self, requests: Sequence[Vectors]) -> list[bytes]:
        """The PNGs of several requests, computed together."""
        sizes = [len(vectors) for vectors in requests]
        rows = np.concatenate([np.asarray(vectors, np.float32) for vectors in requests])
        images = np.concatenate([self._generator.run(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)])
        parts = np.split(images, np.cumsum(sizes)[:-1])
        return [png(grid(part, near_square_columns(len(part)))) for part in parts]
