"""One encoder in one ONNX Runtime session: from images to the codes that would draw them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from latent import ModelCard
from latent.encoder import GENERATOR_KEY, output_sizes
from service.engine.repository.files import LoadError, convert_to_load_error
from service.engine.session import session_options
from service.imaging.arrays import Images


class EncoderSession:
    """A loaded encoder. `output_slices` gives, by name, the columns of each graph output in what `encode` returns."""

    def __init__(self, path: Path, digests: Collection[str], card: ModelCard) -> None:
        """Load the encoder of the generator that has these `digests`, see `GeneratorSession`, and try it.

        It always runs on the CPU: it is used seldom, and a GPU's memory is better spent on the generators.

        Raises:
            LoadError: unreadable, made for another generator, or a graph that does not fit the generator's card.
        """
        with convert_to_load_error():
            content = path.read_bytes()
            self._session = ort.InferenceSession(content, session_options(), providers=["CPUExecutionProvider"])
            named = self._session.get_modelmeta().custom_metadata_map.get(GENERATOR_KEY)
            names = [node.name for node in self._session.get_outputs()]
            image = card.image
            tried = self._session.run(
                names, {"images": np.zeros((2, image.channels, image.height, image.width), np.uint8)}
            )
        if named not in digests:
            raise LoadError(f"names another generator than {card.name}")
        widths = output_sizes(card.latent)
        self.output_slices: dict[str, slice] = {}
        start = 0
        for name, output in zip(names, tried, strict=True):
            if name not in widths:
                raise LoadError(f"gives {name!r}; the outputs of its generator's codes are {', '.join(widths)}")
            expected = (2, widths[name])
            if output.dtype != np.float32 or output.shape != expected or not np.isfinite(output).all():
                raise LoadError(f"{name!r} must be finite float32 {expected}, but is {output.dtype} {output.shape}")
            self.output_slices[name] = slice(start, start + widths[name])
            start += widths[name]

    def encode(self, images: Images) -> NDArray[np.float32]:
        """All outputs side by side, float32 `(n, width)`, for images uint8 `(n, C, H, W)`."""
        return np.concatenate(self._session.run(list(self.output_slices), {"images": images}), axis=1)
