"""The encoder's `.onnx` file beside a generator's, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from latent import CardError
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256

OnnxEncoderOutput = dict[str, NDArray[np.float32]]
"""By output name: the probabilities `(n, size)` of a categorical code; for a continuous code `c` the mean `c` `(n, 1)`
and the log variance `c_log_variance` `(n, 1)`."""

_BATCH = 250


class OnnxEncoder:
    """Predicts codes from images on the CPU, with the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    @classmethod
    def beside(cls, generator: Path) -> OnnxEncoder | None:
        """The encoder `<name>.encoder.onnx` beside the generator `<name>.onnx`; None if there is no such file.

        Raises:
            CardError: it belongs to another generator, so its codes may have other names.
        """
        path = generator.with_suffix(".encoder.onnx")
        if not path.exists():
            return None
        encoder = cls(path)
        digest = encoder._session.get_modelmeta().custom_metadata_map.get(GENERATOR_KEY)
        content = generator.read_bytes()
        if digest not in (graph_sha256(content), hashlib.sha256(content).hexdigest()):
            raise CardError(f"{path} does not name {generator.name} as its generator: export both again, or remove it")
        return encoder

    def encode(self, images: NDArray[np.uint8]) -> OnnxEncoderOutput:
        """Images uint8 `(n, C, H, W)` -> the codes that the encoder predicts."""
        names = [output.name for output in self._session.get_outputs()]
        batches = [
            self._session.run(names, {"images": images[start : start + _BATCH]})
            for start in range(0, len(images), _BATCH)
        ]
        return {name: np.concatenate(parts) for name, parts in zip(names, zip(*batches, strict=True), strict=True)}
