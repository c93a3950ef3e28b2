"""The export of a run: its averaged generator is calibrated, aligned, described by a card and written."""

from __future__ import annotations

import datetime as dt
import platform
from functools import partial
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latent.card import Alignment, ModelCard, Provenance
from latent.spec import Categorical
from trainer.data import Dataset
from trainer.data.label_assignment import assign_clusters
from trainer.data.labelled_subset import balanced_indices
from trainer.export import alignment
from trainer.export.alignment import CodePermutation
from trainer.export.encoder import export_encoder
from trainer.export.generator import export_generator
from trainer.metrics.disentanglement import measure_controls
from trainer.networks.inference import generate
from trainer.training.state import TrainingState

MAX_LABELLED = 1000
"""The number of labelled images by which an unsupervised run's categories are matched to labels."""

_SAMPLES = 200  # images per label: the order and signs of codes need fewer than their measurement


def export_run(training: TrainingState, dataset: Dataset, path: Path) -> ModelCard:
    """Write the run's generator to `path` and return its card; the stem of the path becomes the name of the model.

    `<stem>.encoder.onnx` is written beside it if the run has networks that predict codes. The categories of an
    unsupervised run are matched to labels by at most `MAX_LABELLED` labelled images, if there are as many of them as
    labels and a network predicts them from images; otherwise they get no labels. Continuous codes are sorted by the
    factors they control, and each increases with its factor.

    Raises:
        ParityError: ONNX Runtime does not compute what torch computes.
    """
    spec = training.recipe.latent
    generator = training.averaged_generator()
    permutation, found = CodePermutation(), None
    if labels := training.recipe.labels:
        spec = alignment.with_labels(spec, labels.code, dataset.label_names)
    elif code := _find_alignable(training, dataset):
        permutation.categories[code], found = _align(training, dataset, code)
        alignment.permute_categories(generator, spec, code, permutation.categories[code])
        spec = alignment.with_labels(spec, code, dataset.label_names)
    if not (labels and labels.attributes):  # those codes mean from the start what the recipe says
        controls = measure_controls(partial(generate, generator), spec, _SAMPLES)
        permutation.continuous = alignment.order_by_factor(spec, controls)
    alignment.permute_continuous(generator, spec, permutation.continuous)
    card = ModelCard(
        name=path.stem,
        system=training.recipe.system,
        latent=spec,
        image=training.shape,
        frame=dataset.frame,
        provenance=_provenance(training, dataset),
        alignment=found,
    )
    export_generator(path, generator, card)
    export_encoder(path, training.networks, spec, training.shape, permutation)
    return card


def _find_alignable(training: TrainingState, dataset: Dataset) -> str | None:
    """The first categorical code that has a value for each label and that a network of the run predicts, if any."""
    predicted, labels = alignment.predicted_codes(training.networks), len(dataset.label_names)
    categorical = [variable for variable in training.recipe.latent if isinstance(variable, Categorical)]
    return next((v.name for v in categorical if v.size == labels and v.name in predicted), None)


def _align(training: TrainingState, dataset: Dataset, code: str) -> tuple[NDArray[np.intp], Alignment]:
    rows = balanced_indices(dataset.labels.numpy(), MAX_LABELLED, training.seed)
    images, labels = dataset.images[torch.from_numpy(rows)], dataset.labels.numpy()[rows]
    categories = alignment.predict_categories(training.networks, code, images.to(training.device))
    order, accuracy = assign_clusters(categories, labels, len(dataset.label_names))
    return order, Alignment(method="hungarian", labelled_images=len(labels), accuracy=accuracy)


def _provenance(training: TrainingState, dataset: Dataset) -> Provenance:
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
        notice=dataset.notice,
    )
