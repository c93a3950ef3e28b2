"""The classifier's features of real images, cached because they are the same for every generator."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.data import Dataset
from trainer.metrics.classifier import Classifier
from trainer.storage.atomic import atomic_write


def real_features(classifier: Classifier, dataset: Dataset, cache: Path) -> NDArray[np.float32]:
    """Features float32 `(n, d)` of all images of `dataset`, from the folder `cache` if they were computed before.

    The file is named by a hash of the classifier's weights and the images, so it cannot be out of date.
    """
    digest = hashlib.sha256(classifier.digest.encode() + dataset.images.numpy().tobytes()).hexdigest()[:12]
    path = cache / f"{dataset.name}-features-{digest}.npy"
    if path.exists():
        cached: NDArray[np.float32] = np.load(path)
        return cached
    features = classifier.features(dataset.images)
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.save(file, features)
    return features
