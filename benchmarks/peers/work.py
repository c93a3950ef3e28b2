"""What every peer does for a request besides serving it: Inkcode's own session, its grid and its PNG encoder.

So the peers differ from Inkcode, and from one another, in how they serve and in nothing else.
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
"""Full vectors of one request, as JSON has them."""

WORKERS = int(os.environ.get("WORKERS", "1"))
"""Processes that are to compute."""

BATCH = 64
"""Images in one call of the session, and requests in one batch: what Inkcode's batches hold."""


class Work:
    """Draws; safe to share among threads."""

    def __init__(self) -> None:
        self._generator = GeneratorSession(Path(os.environ["MODEL"]), "cpu", BATCH)

    def one(self, vectors: Vectors) -> bytes:
        """One request's PNG."""
        return self.many([vectors])[0]

    def many(self, requests: Sequence[Vectors]) -> list[bytes]:
        """A batch of requests' PNGs, computed together."""
        sizes = [len(vectors) for vectors in requests]
        rows = np.concatenate([np.asarray(vectors, np.float32) for vectors in requests])
        images = np.concatenate([self._generator.run(rows[i : i + BATCH]) for i in range(0, len(rows), BATCH)])
        parts = np.split(images, np.cumsum(sizes)[:-1])
        return [png(grid(part, near_square_columns(len(part)))) for part in parts]
