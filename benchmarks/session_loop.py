"""The upper bound of any server: the service's own session and PNG encoder in a loop, without queue or HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from service.engine.session import Device, providers
from service.engine.session import session_options as default_session_options
from service.imaging.arrays import Images, pictures
from service.imaging.grid import grid, near_square_columns
from service.imaging.png import png

BATCHES = (1, 16, 32, 64, 128, 256)
GRID_IMAGES = 64


class SessionLoop:
    """A generator's file in an ONNX Runtime session of `threads` threads: 1 as in the service, or 0 for all cores.

    `provider` is the execution provider that runs it.
    """

    def __init__(self, path: Path, device: Device = "cpu", threads: int = 1) -> None:
        session_options = default_session_options()
        session_options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(path.read_bytes(), session_options, providers=providers(device))
        self._session.disable_fallback()
        self.provider: str = self._session.get_providers()[0]
        self._dim: int = self._session.get_inputs()[0].shape[1]

    def _inference(self, batch: int) -> Callable[[], Images]:
        latents = np.random.default_rng(0).standard_normal((batch, self._dim)).astype(np.float32)
        return lambda: self._session.run(["images"], {"latent": latents})[0]

    def session_rate(self, batch: int, seconds: float) -> float:
        """Images/s of the session alone."""
        return _rate(self._inference(batch), batch, seconds)

    def grid_rate(self, batch: int, seconds: float) -> float:
        """Images/s as PNG grids of `GRID_IMAGES` images, computed `batch` at a time."""
        infer = self._inference(batch)

        def encode_grids() -> None:
            parts = [infer() for _ in range(-(-GRID_IMAGES // batch))]
            images = np.concatenate(parts) if len(parts) > 1 else parts[0]
            for i in range(0, len(images), GRID_IMAGES):
                png(grid(images[i : i + GRID_IMAGES], near_square_columns(GRID_IMAGES)))

        return _rate(encode_grids, max(batch, GRID_IMAGES), seconds)

    def single_rate(self, batch: int, seconds: float) -> float:
        """Images/s with a PNG file for each image."""
        infer = self._inference(batch)

        def encode_singles() -> None:
            for picture in pictures(infer()):
                png(picture)

        return _rate(encode_singles, batch, seconds)


def best_batch(
    rate: Callable[[int, float], float], seconds: float, batches: Sequence[int] = BATCHES
) -> tuple[float, int]:
    """The highest rate, and the batch size that gives it."""
    return max((rate(batch, seconds), batch) for batch in batches)


def _rate(repeat: Callable[[], object], images: int, seconds: float) -> float:
    repeat()
    repeats, began = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        repeat()
        repeats += 1
    return repeats * images / elapsed
