"""The metadata inside ONNX files: a generator's model card, and the digest by which an encoder names its generator."""

from __future__ import annotations

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError

from latent import CardError, ModelCard
from latent.card import Quality
from latent.encoder import GENERATOR_KEY
from latent.onnx_file import graph_sha256
from latent.quality_file import QualityFile, path_beside
from trainer.storage.atomic import atomic_write


def read_card(path: Path) -> ModelCard:
    """The model card inside a generator's file.

    Raises:
        CardError: the file is not ONNX, or its card is missing or cannot be read.
    """
    return ModelCard.from_metadata({p.key: p.value for p in _load(path).metadata_props})


def write_card(path: Path, card: ModelCard) -> None:
    """Replace the model card inside the file at `path`; all other metadata properties are kept.

    The new file is written completely and read back before it replaces the old one.

    Raises:
        CardError: the file is not ONNX, or the card read back differs from the card written.
    """
    model = _load(path)
    onnx.helper.set_model_props(model, {p.key: p.value for p in model.metadata_props} | card.to_metadata())
    with atomic_write(path) as temporary:
        onnx.save_model(model, temporary)
        if read_card(temporary) != card:
            raise CardError(f"{path}: the card read back differs from the card written")


def write_quality_beside(generator: Path, quality: Quality) -> None:
    """Write a generator's figures into `<name>.quality.json` beside its file, which stays as it is."""
    content = QualityFile(generator_graph_sha256=graph_sha256(generator.read_bytes()), quality=quality)
    with atomic_write(path_beside(generator)) as temporary:
        temporary.write_text(content.model_dump_json(indent=1, exclude_none=True) + "\n", "utf-8")


def write_generator_digest(encoder: Path, generator: Path) -> None:
    """Write the digest of the graph in `generator` into the metadata of the file `encoder`, to show that they match."""
    model = onnx.load_model(encoder)
    onnx.helper.set_model_props(model, {GENERATOR_KEY: graph_sha256(generator.read_bytes())})
    with atomic_write(encoder) as temporary:
        onnx.save_model(model, temporary)


def _load(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load_model(path)
    except DecodeError:
        raise CardError(f"{path}: not an ONNX file") from None
