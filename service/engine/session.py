"""One generator in one ONNX Runtime session."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import EPFail

from latent import CardError, ModelCard, quality_file
from latent.codes import Latents, draw
from latent.onnx_file import graph_sha256
from service.engine.repository.files import LoadError, convert_to_load_error
from service.imaging.arrays import Images

Device = Literal["auto", "cpu", "cuda"]

_log = logging.getLogger(__name__)

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"

_CUDA_OPTIONS = {
    # Tries every convolution algorithm once per input shape; the shapes are few, and all are run before any request.
    "cudnn_conv_algo_search": "EXHAUSTIVE",
    # The largest batch is run first: memory grows to what that needs and no further, and other processes get the rest.
    "arena_extend_strategy": "kSameAsRequested",
}


class GeneratorSession:
    """A loaded generator: its `card`, its file's `sha256` (hexadecimal), the ONNX Runtime `provider` that runs it.

    `runtime` is ONNX Runtime's name and version.
    """

    runtime = f"onnxruntime {ort.__version__}"

    def __init__(self, path: Path, device: Device = "auto", batch_rows: int = 2) -> None:
        """Load a generator and try it. On a GPU, where the first run of a shape is slow, run all batch shapes once.

        Batches have at most `batch_rows` rows.

        Raises:
            LoadError: unreadable, no card, a card that does not fit the graph, or not on the device that was asked for.
        """
        with convert_to_load_error():
            content = path.read_bytes()
            self.failure: str | None = None
            """Why its results can no longer be trusted; None while it works."""
            self._session = ort.InferenceSession(content, session_options(), providers=providers(device))
            self.digests = (hashlib.sha256(content).hexdigest(), graph_sha256(content))
            """Of the file and of its graph: an encoder may name its generator by either."""
            card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map)
            self.card = _with_newer_figures(card, path, self.digests[1])
        self.sha256 = self.digests[0]
        self.provider: str = self._session.get_providers()[0]
        self.on_cpu = self.provider == _CPU
        # Otherwise ONNX Runtime continues on the CPU, without an error, when a provider fails during a run.
        self._session.disable_fallback()
        if device == "cuda" and self.provider != _CUDA:
            raise LoadError(f"INKCODE_DEVICE is cuda, but ONNX Runtime runs it on {self.provider}")
        self._check_graph()
        # On a CPU a new shape is not slow, and memory for the largest batch is allocated when such a batch arrives.
        shapes: set[int] = set() if self.on_cpu else {_bucket(rows) for rows in range(1, batch_rows + 1)}
        for rows in sorted(shapes, reverse=True):
            self.run(draw(self.card.latent, 0, range(min(rows, batch_rows))))

    def run(self, latents: Latents) -> Images:
        """Images uint8 `(n, C, H, W)` of `latents` float32 `(n, dim)`.

        Raises:
            Exception: ONNX Runtime's own. If the provider failed, `failure` is set from then on.
        """
        try:
            if self.provider == _CUDA:
                return self._run_in_bucket(latents)
            images: Images = self._session.run(["images"], {"latent": latents})[0]
            return images
        except EPFail as error:
            self.failure = f"{self.provider} failed: {error}"
            raise

    def _run_in_bucket(self, latents: Latents) -> Images:
        """Pad a batch to a power of two: each new shape costs a search for the fastest kernels, and these are few."""
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
        # The output shape in a graph is often incomplete: check two real images, which also warms the session.
        try:
            images = self.run(draw(self.card.latent, 0, range(2)))
        except Exception as error:
            raise LoadError(f"fails to run: {error}") from error
        image = self.card.image
        expected = (2, image.channels, image.height, image.width)
        if images.dtype != np.uint8 or images.shape != expected:
            raise LoadError(f"two images must be uint8 {expected} by its card, but are {images.dtype} {images.shape}")
        self.fingerprint = hashlib.sha256(images.tobytes()).hexdigest()[:12]
        """Digest of two images drawn here: another processor may round a pixel differently."""


def _with_newer_figures(card: ModelCard, path: Path, graph: str) -> ModelCard:
    """The card with the figures beside its file, if there are any. A model serves as well without them."""
    try:
        quality = quality_file.read_beside(path, graph)
    except CardError as error:
        _log.warning("the figures beside %s are not shown: %s", path.name, error)
        return card
    return card.model_copy(update={"quality": quality}) if quality else card


def _bucket(rows: int) -> int:
    """The least power of two that is at least `rows`."""
    return 1 << (rows - 1).bit_length()


def session_options() -> ort.SessionOptions:
    """ONNX Runtime's options for every session: one thread per batch."""
    options = ort.SessionOptions()
    # One core per batch, and as many concurrent batches as there are cores. One batch at a time on all cores gave a
    # fifth to a third fewer images per second with the bundled generators (`python -m benchmarks.threads`).
    options.intra_op_num_threads = 1
    options.log_severity_level = 3  # errors; its warnings are about graph clean-up
    # The memory arena stays on: without it a batch took 20 to 40 % longer, and peak memory was no lower.
    return options


def is_gpu_expected(device: Device) -> bool:
    """Whether generators are meant to run on a GPU: `cuda`, or `auto` with an ONNX Runtime that was built with CUDA.

    `auto` nevertheless runs them on the CPU where there is no GPU, or where its driver does not work.
    """
    return device == "cuda" or (device == "auto" and _CUDA in ort.get_available_providers())


def providers(device: Device) -> list[str | tuple[str, dict[str, str]]]:
    """ONNX Runtime's execution providers for a device, the preferred one first.

    Raises:
        LoadError: `cuda`, but ONNX Runtime was built without CUDA.
    """
    has_cuda = _CUDA in ort.get_available_providers()
    if device == "cuda" and not has_cuda:
        raise LoadError("INKCODE_DEVICE is cuda, but this ONNX Runtime was built without CUDA")
    if not has_cuda or device == "cpu":
        return [_CPU]
    ort.preload_dlls()  # pip installs CUDA and cuDNN outside the loader's search path
    return [(_CUDA, _CUDA_OPTIONS), _CPU]
