"""GAN-train (Shmelkov et al. 2018, "How good is my GAN?"): train on streamed samples, test on real images."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.proof.record import GanTrain
from benchmarks.proof.stream import StreamedSamples
from trainer.data import Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback


def measure(
    streamed: StreamedSamples,
    train: Dataset,
    test: Dataset,
    cache: Path,
    progress: ProgressCallback,
    config: ClassifierConfig,
) -> GanTrain:
    """Compare a classifier trained on `streamed` with one trained on `train`, which the folder `cache` keeps."""
    device = torch.device("cpu")
    generated = Classifier.trained(streamed.dataset(test.label_names), None, device, progress, config)
    real = Classifier.load_or_train(train, None, cache, device, progress, config)
    return GanTrain(samples=len(streamed.labels), accuracy=generated.accuracy(test), real=real.accuracy(test))
