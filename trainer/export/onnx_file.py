"""A generator's `.onnx` file: its card read, written and checked; its images drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from latent import CardError, LatentSpec, ModelCard
from latent.codes import Latents
from trainer.storage.atomic import replacing
from trainer.training import distributed


def read_card(path: Path) -> ModelCard:
    """The card inside a generator's file.

    Raises:
        CardError: not an ONNX file, or its card is missing or unreadable.
    """
    return _card(_load(path))


def write_card(path: Path, card: ModelCard) -> None:
    """Put `card` into the file at `path` in place of what it held; every other metadata property stays.

    The new file is complete, on disk and read back before it takes the old one's name.

    Raises:
        CardError: not an ONNX file, or the card read back is not the card written.
    """
    model = _load(path)
    onnx.helper.set_model_props(model, {p.key: p.value for p in model.metadata_props} | card.to_metadata())
    with replacing(path) as temporary:
        onnx.save_model(model, temporary)
        if read_card(temporary) != card:
            raise CardError(f"{path}: the card read back differs from the card written")


def _load(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load_model(path)
    except DecodeError:
        raise CardError(f"{path}: not an ONNX file") from None


def _card(model: onnx.ModelProto) -> ModelCard:
    return ModelCard.from_metadata({p.key: p.value for p in model.metadata_props})


class Generator:
    """A generator's file run by ONNX Runtime on the CPU: what ships, not what was trained."""

    def __init__(self, path: Path) -> None:
        self.card = read_card(path)
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    @property
    def spec(self) -> LatentSpec:
        return self.card.latent

    def images(self, latents: Latents, batch: int = 250) -> NDArray[np.uint8]:
        """Latents float32 `(n, dim)` -> images uint8 `(n, C, H, W)`, `batch` at a time and process."""
        shape = self.card.image
        own = distributed.share(torch.from_numpy(latents)).numpy()
        images = np.empty((len(own), shape.channels, shape.height, shape.width), np.uint8)
        for start in range(0, len(own), batch):
            rows = slice(start, start + batch)
            (images[rows],) = self._session.run(["images"], {"latent": own[rows]})
        return distributed.gather(torch.from_numpy(images)).numpy()
