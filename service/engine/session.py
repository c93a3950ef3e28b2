"""One generator in one ONNX Runtime session."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

from latent import ModelCard
from latent.codes import Latents, draw
from service.engine.repository.files import LoadError, loading
from service.imaging.arrays import Images

Device = Literal["auto", "cpu", "cuda"]

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

_ON_CUDA = {
    # Tries every algorithm for a shape once; the shapes are few, and all are met before the first request.
    "cudnn_conv_algo_search": "EXHAUSTIVE",
    # The largest batch is met first of all: memory grows to what it takes and no further, leaving the rest to others.
    "arena_extend_strategy": "kSameAsRequested",
}


class Generator:
    """A loaded generator: its `card`, its file's `sha256` (hexadecimal), the ONNX Runtime `provider` that runs it."""

    runtime = f"onnxruntime {ort.__version__}"

    def __init__(self, path: Path, device: Device = "auto", batch_rows: int = 2) -> None:
        """Load a generator, try it, and on a device run what is slow at first: every shape of `batch_rows` at most.

        Raises:
            LoadError: unreadable, no card, a card that does not fit the graph, or another device than asked for.
        """
        with loading():
            content = path.read_bytes()
            self.fault: str | None = None
            """Why it can be trusted no more; None while all is well."""
            self._session = ort.InferenceSession(content, options(), providers=providers(device))
            self.card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.provider: str = self._session.get_providers()[0]
        self.on_cpu = self.provider == _CPU
        # ONNX Runtime would go on on the CPU when a provider fails at work, saying so to nobody.
        self._session.disable_fallback()
        if device == "cuda" and self.provider != _CUDA:
            raise LoadError(f"INKCODE_DEVICE is cuda, but ONNX Runtime runs it on {self.provider}")
        self._check_graph()
        # A CPU is not slow at a new shape, and memory for the largest batch is taken when one comes.
        shapes: set[int] = set() if self.on_cpu else {_bucket(rows) for rows in range(1, batch_rows + 1)}
        for rows in sorted(shapes, reverse=True):
            self.run(draw(self.card.latent, 0, range(min(rows, batch_rows))))

    def run(self, latents: Latents) -> Images:
        """Images uint8 `(n, C, H, W)` of `latents` float32 `(n, dim)`.

        Raises:
            Exception: ONNX Runtime's own; where its provider failed, `fault` says so from then on.
        """
        try:
            if self.provider == _CUDA:
                return self._run_in_bucket(latents)
            images: Images = self._session.run(["images"], {"latent": latents})[0]
            return images
        except EPFail as error:
            self.fault = f"{self.provider} failed: {error}"
            raise

    def _run_in_bucket(self, latents: Latents) -> Images:
        """On a device, each new shape of a batch costs a search for its fastest kernels; powers of two are few."""
        padded = np.zeros((_bucket(len(latents)), latents.shape[1]), np.float32)
        padded[: len(latents)] = latents
        binding = self._session.io_binding()
        binding.bind_cpu_input("latent", padded)
        binding.bind_output("images", "cuda")
        self._session.run_with_iobinding(binding)
        images: Images = binding.copy_outputs_to_cpu()[0]
        return images[: len(latents)]

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
        self.fingerprint = hashlib.sha256(images.tobytes()).hexdigest()[:12]
        """Of what it draws here: another processor may round a pixel the other way."""


def _bucket(rows: int) -> int:
    """The least power of two that holds so many rows."""
    return 1 << (rows - 1).bit_length()


def options() -> ort.SessionOptions:
    """How a session runs."""
    options = ort.SessionOptions()
    # A core a batch, and as many batches at once as there are cores: with one at a time, shared out among the cores,
    # the bundled generators drew a fifth to a third less (`python -m benchmarks.threads`).
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors; its warnings are about graph cleaning
    # The arena stays on: without it a batch took from a fifth to two fifths longer, and no less memory in the end.
    return options


def providers(device: Device) -> list[str | tuple[str, dict[str, str]]]:
    """What a session runs on.

    Raises:
        LoadError: `cuda`, and ONNX Runtime was built without it.
    """
    has_cuda = _CUDA in ort.get_available_providers()
    if device == "cuda" and not has_cuda:
        raise LoadError("INKCODE_DEVICE is cuda, but this ONNX Runtime was built without CUDA")
    if not has_cuda or device == "cpu":
        return [_CPU]
    ort.preload_dlls()  # CUDA and cuDNN as pip installs them lie where the loader does not look
    return [(_CUDA, _ON_CUDA), _CPU]
