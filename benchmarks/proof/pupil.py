"""What a classifier that saw nothing but streamed samples reads of the real test images (GAN-train)."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.proof.record import Pupil
from benchmarks.proof.stream import Streamed
from trainer.data import Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback


def teach(
    streamed: Streamed, train: Dataset, test: Dataset, cache: Path, progress: ProgressCallback, config: ClassifierConfig
) -> Pupil:
    """Train it, and beside it the same network in the same way on the real images, kept in the folder `cache`."""
    device = torch.device("cpu")
    pupil = Classifier.trained(streamed.dataset(test.label_names), test, device, progress, config)
    real = Classifier.load_or_train(train, test, cache, device, progress, config)
    return Pupil(samples=len(streamed.labels), accuracy=pupil.accuracy, real=real.accuracy)
