"""Random numbers of one picture's degradations: a pure function of the seed and the picture's number.

Each degradation has a stream of its own, so that the strength of one does not change what another draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latent import philox

Field = NDArray[np.float32]
"""A number for each pixel, float32 `(H, W)`."""

_STREAM = 2**39  # of a seed; the degradations' streams follow it


class EffectRandom:
    """The random numbers of one degradation, in sequence."""

    def __init__(self, seed: int, effect: int, picture: int) -> None:
        # The counter's lower 64 bits count within the picture.
        self._bits = np.random.Philox(key=philox.stream(seed, _STREAM + effect), counter=picture << 64)

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number from `low` to `high`."""
        return low + (high - low) * (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def bytes(self, *shape: int) -> NDArray[np.uint8]:
        """Independent bytes."""
        size = int(np.prod(shape))
        raw: NDArray[np.uint64] = self._bits.random_raw(-(-size // 8))
        return raw.view(np.uint8)[:size].reshape(shape)

    def normal(self, *shape: int) -> NDArray[np.float32]:
        """Nearly normal numbers of mean 0 and variance 1: each is the sum of four bytes. Exact on every processor."""
        total = self.bytes(4, *shape).astype(np.int16).sum(axis=0, dtype=np.int16)
        numbers: NDArray[np.float32] = (total.astype(np.float32) - np.float32(510)) * np.float32(1 / 147.80)
        return numbers

    def field(self, height: int, width: int, cell_height: float, cell_width: float) -> Field:
        """Smooth noise from -1 to 1: random numbers `cell` pixels apart, and a smooth surface through them."""
        rows, columns = (max(2, round(size / cell) + 1) for size, cell in ((height, cell_height), (width, cell_width)))
        coarse = Image.fromarray(self.bytes(rows, columns))
        smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        return smooth * np.float32(2 / 255) - np.float32(1)
