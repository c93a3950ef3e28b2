"""From a run's checkpoint to the file that ships: averaged, aligned, described, exported."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latent.card import Alignment, ModelCard, Provenance
from latent.codes import Latents
from latent.spec import Categorical, Variable
from trainer.data import Dataset, notice
from trainer.data.labelled_subset import pick
from trainer.export import alignment
from trainer.export.encoder import Renaming, export_encoder
from trainer.export.generator import calibrated, export
from trainer.metrics.disentanglement import controls
from trainer.networks.generator import Generator
from trainer.networks.output import to_uint8
from trainer.training.state import Training

MAX_LABELLED = 1000
"""Labelled images read to name an unsupervised run's categories."""

_SAMPLES = 200  # a label: a sign and an order need far fewer than a figure does


def release(training: Training, dataset: Dataset, path: Path) -> ModelCard:
    """Write the run's generator to `path` as it ships, and return its card; the file's stem becomes its name.

    Beside it comes `<stem>.encoder.onnx`, where the run has networks that read codes. An unsupervised run's
    categories get their labels here, from at most 1,000 labelled images, and its continuous codes are put in the
    order of the factors they move, each rising with its factor.

    Raises:
        ParityError: ONNX Runtime does not draw, or read, what torch does.
    """
    spec = training.recipe.latent
    generator = calibrated(training.ema.network, spec)
    renaming, found = Renaming(), None
    if labels := training.recipe.labels:
        spec = alignment.named(spec, labels.code, dataset.label_names)
    elif code := next((v.name for v in spec if _could_be_labels(v, dataset)), None):
        renaming.order[code], found = _assign(training, dataset, code)
        alignment.fold_order(generator.first, spec, code, renaming.order[code])
        spec = alignment.named(spec, code, dataset.label_names)
    renaming.moves = alignment.orientation(spec, controls(_drawer(generator), spec, _SAMPLES))
    alignment.fold_continuous(generator.first, spec, renaming.moves)
    card = ModelCard(
        name=path.stem,
        system=training.recipe.system,
        latent=spec,
        image=training.shape,
        provenance=_provenance(training, dataset),
        alignment=found,
    )
    export(path, generator, card)
    export_encoder(path, training.networks, spec, training.shape, renaming)
    return card


def _could_be_labels(variable: Variable, dataset: Dataset) -> bool:
    return isinstance(variable, Categorical) and variable.size == len(dataset.label_names)


def _assign(training: Training, dataset: Dataset, code: str) -> tuple[NDArray[np.intp], Alignment]:
    rows = pick(dataset.labels.numpy(), MAX_LABELLED, training.seed)
    images, labels = dataset.images[torch.from_numpy(rows)], dataset.labels.numpy()[rows]
    categories = alignment.read_category(training.networks, code, images.to(training.device))
    return alignment.assign(categories, labels, len(dataset.label_names))


def _drawer(generator: Generator) -> Callable[[Latents], NDArray[np.uint8]]:
    device = next(generator.parameters()).device

    def draw(latents: Latents) -> NDArray[np.uint8]:
        with torch.no_grad():
            images: NDArray[np.uint8] = to_uint8(generator(torch.from_numpy(latents).to(device))).cpu().numpy()
        return images

    return draw


def _provenance(training: Training, dataset: Dataset) -> Provenance:
    device = training.device
    return Provenance(
        recipe=training.recipe.system,
        resolved_recipe=training.recipe.model_dump(mode="json"),
        lineage=training.lineage,
        dataset=dataset.name,
        images=len(dataset),
        labels_read=len(training.labels) if training.labels else 0,
        seed=training.seed,
        kimg=training.kimg,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        versions={"python": platform.python_version()} | {p: metadata.version(p) for p in ("inkcode", "torch", "onnx")},
        created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        notice=notice(dataset.name),
    )
