"""One encoder in one ONNX Runtime session: what it reads off images is what would draw them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from latent import ModelCard
from latent.encoder import GENERATOR_KEY, output_sizes
from service.engine.repository.files import LoadError, loading
from service.engine.session import options
from service.imaging.arrays import Images


class Encoder:
    """A loaded encoder. `columns` says where each of its outputs, by name, stands in what `read` gives."""

    def __init__(self, path: Path, sha256: str, card: ModelCard) -> None:
        """Load the encoder of the generator whose file's digest is `sha256`, and try it.

        It runs on the CPU wherever the generator does: it is asked for seldom, and a device has better uses.

        Raises:
            LoadError: unreadable, another generator's, or a graph that does not fit the generator's card.
        """
        with loading():
            content = path.read_bytes()
            self._session = ort.InferenceSession(content, options(), providers=["CPUExecutionProvider"])
            named = self._session.get_modelmeta().custom_metadata_map.get(GENERATOR_KEY)
            names = [node.name for node in self._session.get_outputs()]
            image = card.image
            tried = self._session.run(
                names, {"images": np.zeros((2, image.channels, image.height, image.width), np.uint8)}
            )
        if named != sha256:
            raise LoadError(f"names another generator than {sha256[:12]} now")
        widths = output_sizes(card.latent)
        self.columns: dict[str, slice] = {}
        start = 0
        for name, read in zip(names, tried, strict=True):
            if name not in widths:
                raise LoadError(f"gives {name!r}; the outputs of its generator's codes are {', '.join(widths)}")
            expected = (2, widths[name])
            if read.dtype != np.float32 or read.shape != expected or not np.isfinite(read).all():
                raise LoadError(f"{name!r} must be finite float32 {expected}, but is {read.dtype} {read.shape}")
            self.columns[name] = slice(start, start + widths[name])
            start += widths[name]

    def read(self, images: Images) -> NDArray[np.float32]:
        """What it reads off images uint8 `(n, C, H, W)`: all outputs side by side, float32 `(n, width)`."""
        return np.concatenate(self._session.run(list(self.columns), {"images": images}), axis=1)
