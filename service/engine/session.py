"""One generator in one ONNX Runtime session."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort

from latent import CardError, ModelCard
from latent.codes import Latents, draw
from service.images import Images

Device = Literal["auto", "cpu", "cuda"]

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class LoadError(Exception):
    """A file is no generator that can be served here; the message says why."""


class Generator:
    """A loaded generator: its `card`, its file's `sha256` (hexadecimal), the ONNX Runtime `provider` that runs it."""

    runtime = f"onnxruntime {ort.__version__}"

    def __init__(self, path: Path, device: Device = "auto", threads: int = 0) -> None:
        """Load and try a generator.

        Raises:
            LoadError: unreadable, no card, a card that does not fit the graph, or another device than asked for.
        """
        try:
            content = path.read_bytes()
            self._session = ort.InferenceSession(content, _options(threads), providers=_providers(device))
            self.card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
        except CardError as error:
            raise LoadError(str(error)) from None
        except LoadError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no base class
            raise LoadError(f"cannot be loaded: {error}") from error
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.provider: str = self._session.get_providers()[0]
        if device == "cuda" and self.provider != _CUDA:
            raise LoadError(f"INKCODE_DEVICE is cuda, but ONNX Runtime runs it on {self.provider}")
        self._check_graph()

    def run(self, latents: Latents) -> Images:
        """Images uint8 `(n, C, H, W)` of `latents` float32 `(n, dim)`."""
        images: Images = self._session.run(["images"], {"latent": latents})[0]
        return images

    def _check_graph(self) -> None:
        inputs = {node.name: (node.type, node.shape) for node in self._session.get_inputs()}
        outputs = [node.name for node in self._session.get_outputs()]
        dim = self.card.latent.dim
        if list(inputs) != ["latent"] or outputs != ["images"]:
            raise LoadError(f"must map `latent` to `images`, but maps {list(inputs)} to {outputs}")
        kind, shape = inputs["latent"]
        if kind != "tensor(float)" or len(shape) != 2 or isinstance(shape[0], int) or shape[1] != dim:
            raise LoadError(f"`latent` must be float32 (batch, {dim}) by its card, but is {kind} {shape}")
        # What a graph says of its output is often incomplete; two images prove it, and warm the session.
        try:
            images = self.run(draw(self.card.latent, 0, range(2)))
        except Exception as error:
            raise LoadError(f"fails to run: {error}") from error
        image = self.card.image
        expected = (2, image.channels, image.height, image.width)
        if images.dtype != np.uint8 or images.shape != expected:
            raise LoadError(f"two images must be uint8 {expected} by its card, but are {images.dtype} {images.shape}")


def _options(threads: int) -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors; its warnings are about graph cleaning
    # Idle threads must sleep: spinning between requests takes the cores that encode pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _providers(device: Device) -> list[str]:
    has_cuda = _CUDA in ort.get_available_providers()
    if device == "cuda" and not has_cuda:
        raise LoadError("INKCODE_DEVICE is cuda, but this ONNX Runtime was built without CUDA")
    if not has_cuda or device == "cpu":
        return [_CPU]
    ort.preload_dlls()  # CUDA and cuDNN as pip installs them lie where the loader does not look
    return [_CUDA, _CPU]
