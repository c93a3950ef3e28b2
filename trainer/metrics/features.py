"""A reader's features of real images: the same for every model measured, so computed once and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.data import Dataset
from trainer.metrics.classifier import Reader
from trainer.storage.atomic import replacing


def real_features(reader: Reader, dataset: Dataset, cache: Path) -> NDArray[np.float32]:
    """Features float32 `(n, d)` of all images of `dataset`, from the folder `cache` where they were computed before.

    The file is named for the reader's weights and the images themselves, so it can never be out of date.
    """
    digest = hashlib.sha256(reader.digest.encode() + dataset.images.numpy().tobytes()).hexdigest()[:12]
    path = cache / f"{dataset.name}-features-{digest}.npy"
    if path.exists():
        kept: NDArray[np.float32] = np.load(path)
        return kept
    features = reader.features(dataset.images)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, features)
    return features
