"""A generator's `.onnx` file, run by ONNX Runtime: what is measured is the file that is served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from latent import LatentSpec
from latent.codes import Latents
from trainer.runtime import distributed
from trainer.storage.onnx_metadata import read_card


class OnnxGenerator:
    """Generates images on the CPU from the file at `path`.

    Raises:
        CardError: the file is not ONNX, or its card is missing or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.card = read_card(path)
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    @property
    def spec(self) -> LatentSpec:
        return self.card.latent

    def generate(self, latents: Latents, batch: int = 250) -> NDArray[np.uint8]:
        """Latents float32 `(n, dim)` -> images uint8 `(n, C, H, W)`.

        Each process generates its shard, `batch` images at a time, and returns the images of all processes.
        """
        shape = self.card.image
        shard = distributed.shard(torch.from_numpy(latents)).numpy()
        images = np.empty((len(shard), shape.channels, shape.height, shape.width), np.uint8)
        for start in range(0, len(shard), batch):
            rows = slice(start, start + batch)
            (images[rows],) = self._session.run(["images"], {"latent": shard[rows]})
        return distributed.all_gather(torch.from_numpy(images)).numpy()
