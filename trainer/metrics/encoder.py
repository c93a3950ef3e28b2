"""The encoder's `.onnx` file beside a generator's: the codes it reads off images, and what they are worth."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from latent import CardError, Categorical, Continuous, LatentSpec
from latent.card import Clustering
from latent.codes import Latents
from latent.encoder import GENERATOR_KEY, LOG_VARIANCE
from trainer.metrics.clustering import clustering
from trainer.metrics.information import categorical_bound, continuous_bound

Reading = dict[str, NDArray[np.float32]]
"""By output: a categorical code's probabilities `(n, size)`; of a continuous code `c` the mean `c` `(n, 1)` and
`c_log_variance` `(n, 1)`."""

_AT_ONCE = 250


def beside(generator: Path) -> Path | None:
    """`<name>.encoder.onnx` beside the generator `<name>.onnx`, where it is there.

    Raises:
        CardError: it was made for another generator, so its codes may have other names.
    """
    path = generator.with_suffix(".encoder.onnx")
    if not path.exists():
        return None
    named = _session(path).get_modelmeta().custom_metadata_map.get(GENERATOR_KEY)
    if named != hashlib.sha256(generator.read_bytes()).hexdigest():
        raise CardError(f"{path} does not name {generator.name} as its generator: export both again, or remove it")
    return path


def read(path: Path, images: NDArray[np.uint8]) -> Reading:
    """What the encoder at `path` reads off images uint8 `(n, C, H, W)`, by ONNX Runtime on the CPU."""
    session = _session(path)
    names = [output.name for output in session.get_outputs()]
    batches = [
        session.run(names, {"images": images[start : start + _AT_ONCE]}) for start in range(0, len(images), _AT_ONCE)
    ]
    return {name: np.concatenate(parts) for name, parts in zip(names, zip(*batches, strict=True), strict=True)}


def information(reading: Reading, spec: LatentSpec, latents: Latents) -> dict[str, float]:
    """The mutual information's lower bound in nats, by code that was read off images of `latents` `(n, dim)`."""
    bounds = {}
    for code in spec.codes:
        drawn = latents[:, spec.slices[code.name]]
        match code:
            case Categorical() if code.name in reading:
                bounds[code.name] = categorical_bound(reading[code.name], drawn.argmax(axis=1))
            case Continuous() if code.name in reading:
                mean, log_variance = reading[code.name][:, 0], reading[code.name + LOG_VARIANCE][:, 0]
                bounds[code.name] = continuous_bound(mean, log_variance, drawn[:, 0], code.low, code.high)
    return bounds


def clusters(reading: Reading, spec: LatentSpec, labels: NDArray[np.integer]) -> Clustering | None:
    """The first categorical code that was read off real images against their labels; None where there is none."""
    code = next((v.name for v in spec if isinstance(v, Categorical) and v.name in reading), None)
    return clustering(reading[code].argmax(axis=1), labels) if code else None


def _session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
