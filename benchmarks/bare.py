"""What there is to lose: a generator in a loop with nothing around it, by the service's own session and encoder."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from service.engine.session import Device, providers, session_options
from service.imaging.arrays import Images, pictures
from service.imaging.grid import grid, near_square_columns
from service.imaging.png import png

BATCHES = (1, 16, 32, 64, 128, 256)
GRID = 64


class Bare:
    """A generator's file in a session of so many threads, the service's one or 0: a core each.

    `provider` is what runs it.
    """

    def __init__(self, path: Path, device: Device = "cpu", threads: int = 1) -> None:
        how = session_options()
        how.intra_op_num_threads = threads
        self._session = ort.InferenceSession(path.read_bytes(), how, providers=providers(device))
        self._session.disable_fallback()
        self.provider: str = self._session.get_providers()[0]
        self._dim: int = self._session.get_inputs()[0].shape[1]

    def _turn(self, batch: int) -> Callable[[], Images]:
        latents = np.random.default_rng(0).standard_normal((batch, self._dim)).astype(np.float32)
        return lambda: self._session.run(["images"], {"latent": latents})[0]

    def raw(self, batch: int, seconds: float) -> float:
        """Images/s of the session alone."""
        return _rate(self._turn(batch), batch, seconds)

    def grids(self, batch: int, seconds: float) -> float:
        """Images/s of grids of `GRID` images as PNG files, drawn `batch` at a time."""
        draw = self._turn(batch)

        def turn() -> None:
            parts = [draw() for _ in range(-(-GRID // batch))]
            images = np.concatenate(parts) if len(parts) > 1 else parts[0]
            for i in range(0, len(images), GRID):
                png(grid(images[i : i + GRID], near_square_columns(GRID)))

        return _rate(turn, max(batch, GRID), seconds)

    def singles(self, batch: int, seconds: float) -> float:
        """Images/s of single images as a PNG file each."""
        draw = self._turn(batch)

        def turn() -> None:
            for picture in pictures(draw()):
                png(picture)

        return _rate(turn, batch, seconds)


def best(rate: Callable[[int, float], float], seconds: float, batches: Sequence[int] = BATCHES) -> tuple[float, int]:
    """The best rate, and the batch it is had at."""
    return max((rate(batch, seconds), batch) for batch in batches)


def _rate(turn: Callable[[], object], images: int, seconds: float) -> float:
    turn()
    turns, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        turn()
        turns += 1
    return turns * images / took
