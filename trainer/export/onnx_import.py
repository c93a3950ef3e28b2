"""Import of a generator that another program exported: its graph is adapted to the service's, and gets a card."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError, EncodeError
from numpy.typing import NDArray
from pydantic import ValidationError

from latent import ModelCard, codes
from latent.card import ImageShape, Provenance
from latent.codes import Latents
from latent.spec import LatentSpec
from trainer.export import onnx_adapter, torch_to_onnx
from trainer.export.generator import PARITY_BATCHES
from trainer.export.onnx_adapter import Interface, OnnxImportError
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.storage.atomic import atomic_write
from trainer.storage.onnx_metadata import write_card

_PROBED = 64  # images by which layout and range are found; the largest of the checked batches
_MARGIN = 0.05  # of values beyond black and white that a range found by itself allows; they are clipped
_LAYOUTS = {"nchw": (0, 1, 2, 3), "nhwc": (0, 3, 1, 2)}


@dataclass(frozen=True)
class Pixels:
    """What is known of a foreign generator's output; None: found by running it.

    `output`: its name. `layout`: `nchw` or `nhwc`. `range`: the float values of black and white.
    """

    output: str | None = None
    layout: str | None = None
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Origin:
    """What a card says of a generator whose training is not known."""

    system: str = "imported"
    dataset: str = "unknown"
    notice: str | None = None


def import_generator(
    source: Path, spec: LatentSpec, target: Path, pixels: Pixels | None = None, origin: Origin | None = None
) -> tuple[ModelCard, str]:
    """Write the generator `source` with the latent `spec` as the model `target`; the stem becomes its name.

    `source` has one float input `(batch, dim)` or `(batch, dim, 1, 1)`, of any name, and gives grey or RGB images, NCHW
    or NHWC: uint8, or float in [-1, 1] or [0, 1]. The written graph maps `latent` to `images`, uint8 NCHW, at any batch
    size, and contains all its weights. Returns the card, and what was found in words.

    Raises:
        OnnxImportError: it is no such generator, or ONNX Runtime cannot run it; nothing is written.
    """
    pixels, origin = pixels or Pixels(), origin or Origin()
    if not target.name.endswith(".onnx") or target.name.endswith((".encoder.onnx", ".verifier.onnx")):
        raise OnnxImportError(f"--to {target}: must be the .onnx file of a generator")
    model = _load(source)
    if pixels.range and (pixels.range[0] == pixels.range[1] or not np.isfinite(pixels.range).all()):
        raise OnnxImportError(f"--range {pixels.range[0]:g} {pixels.range[1]:g}: must be two different numbers")
    interface = onnx_adapter.find_interface(model, pixels.output)
    interface.check_dim(spec)
    onnx_adapter.make_batch_dynamic(model, interface)
    probe = _run(model, interface, codes.draw(spec, 0, range(_PROBED)))
    layout = pixels.layout or _find_layout(probe)
    axes = _LAYOUTS[layout]
    if probe.ndim != 4 or probe.shape[axes[1]] not in (1, 3) or len(probe) != _PROBED:
        raise OnnxImportError(f"{_PROBED} images are {probe.dtype} {probe.shape}: not {layout.upper()}, grey or RGB")
    bounds = None if probe.dtype == np.uint8 else pixels.range or _find_range(probe)
    _, channels, height, width = (probe.shape[axis] for axis in axes)
    card = _card(target, spec, (channels, height, width), model, origin)
    adapted = torch_to_onnx.without_traces(onnx_adapter.adapt(model, interface, spec.dim, axes, bounds))
    _write(target, adapted, card)
    values = "uint8" if bounds is None else f"float, {bounds[0]:g} is black and {bounds[1]:g} white"
    return card, f"{channels} x {height} x {width}, {layout.upper()}, {values}"


def _load(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load_model(path)  # with the weights that are in other files
    except (DecodeError, onnx.checker.ValidationError, ValueError) as error:
        raise OnnxImportError(f"{path}: not a valid ONNX file: {str(error).strip().splitlines()[0]}") from None


def _run(model: onnx.ModelProto, interface: Interface, latents: Latents) -> NDArray[np.generic]:
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        (images,) = session.run([interface.output], {interface.input: interface.shaped(latents)})
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        fixed = f"; it was exported for batches of {interface.batch}" if interface.batch else ""
        raise OnnxImportError(f"ONNX Runtime cannot generate {len(latents)} images with it{fixed}: {error}") from None
    found: NDArray[np.generic] = images
    return found


def _find_layout(images: NDArray[np.generic]) -> str:
    fitting = [name for name, axes in _LAYOUTS.items() if images.ndim == 4 and images.shape[axes[1]] in (1, 3)]
    if not fitting:
        raise OnnxImportError(f"{len(images)} images are {images.dtype} {images.shape}: neither NCHW nor NHWC")
    return fitting[0]


def _find_range(images: NDArray[np.generic]) -> tuple[float, float]:
    """The values of black and white.

    Raises:
        OnnxImportError: neither [-1, 1] nor [0, 1] fits, or values are not finite numbers.
    """
    if not np.issubdtype(images.dtype, np.floating):
        raise OnnxImportError(f"its images are {images.dtype}: they must be uint8 or floating-point")
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise OnnxImportError("its images have values that are not finite")
    if low >= -1e-3 and high <= 1 + _MARGIN:
        return 0.0, 1.0
    if low >= -1 - _MARGIN and high <= 1 + _MARGIN:
        return -1.0, 1.0
    raise OnnxImportError(
        f"its values are from {low:.4g} to {high:.4g}, neither in [0, 1] nor in [-1, 1]: say what is black and what is "
        "white with --range BLACK WHITE"
    )


def _card(
    target: Path, spec: LatentSpec, size: tuple[int, int, int], model: onnx.ModelProto, origin: Origin
) -> ModelCard:
    channels, height, width = size
    producer = {model.producer_name: model.producer_version} if model.producer_name else {}
    try:
        return ModelCard(
            name=target.stem,
            system=origin.system,
            latent=spec,
            image=ImageShape(channels=channels, height=height, width=width),
            provenance=Provenance(
                recipe=origin.system,
                dataset=origin.dataset,
                images=0,
                labels_read=0,
                seed=0,
                kimg=0,
                device="unknown",
                versions=producer | {"onnx": onnx.__version__},
                created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                notice=origin.notice,
            ),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise OnnxImportError(f"card field {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _write(target: Path, model: onnx.ModelProto, card: ModelCard) -> None:
    with atomic_write(target) as temporary:
        try:
            onnx.save_model(model, temporary)
        except (EncodeError, ValueError) as error:
            raise OnnxImportError(f"cannot be saved as one file of at most 2 GiB: {error}") from None
        write_card(temporary, card)
        _check(temporary)


def _check(path: Path) -> None:
    """Generate at several batch sizes: the shape must be the card's, and an image independent of its batch."""
    generator = OnnxGenerator(path)
    image, latents = generator.card.image, codes.draw(generator.spec, 1, range(max(PARITY_BATCHES)))
    alone = np.concatenate([_generate(generator, row[None]) for row in latents[: PARITY_BATCHES[1]]]).astype(np.int16)
    for batch in PARITY_BATCHES:
        images = _generate(generator, latents[:batch])
        expected = (batch, image.channels, image.height, image.width)
        if images.shape != expected or images.dtype != np.uint8:
            raise OnnxImportError(f"a batch of {batch} must be uint8 {expected}, but is {images.dtype} {images.shape}")
        largest = np.abs(images[: len(alone)] - alone[:batch]).max()
        if largest > 1:  # values close to half a grey level may be rounded either way
            raise OnnxImportError(
                f"an image in a batch of {batch} differs from the same image alone by {largest} grey levels: the "
                "generator must be exported in evaluation mode, in which BatchNorm uses its running statistics"
            )


def _generate(generator: OnnxGenerator, latents: Latents) -> NDArray[np.uint8]:
    try:
        return generator.generate(latents, len(latents))
    except Exception as error:  # ONNX Runtime's exceptions share no base class
        raise OnnxImportError(f"ONNX Runtime cannot generate a batch of {len(latents)}: {error}") from None
