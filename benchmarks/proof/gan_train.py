"""GAN-train (Shmelkov et al. 2018, "How good is my GAN?"): train on streamed samples, test on real images."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.proof.record import GanTrain
from benchmarks.proof.stream import StreamedSamples
from trainer.data import Dataset
from trainer.metrics.classifier import Config, Progress, Reader


def measure(
    streamed: StreamedSamples, train: Dataset, test: Dataset, cache: Path, progress: Progress, config: Config
) -> GanTrain:
    """Compare a classifier trained on `streamed` with one trained on `train`, which the folder `cache` keeps."""
    device = torch.device("cpu")
    generated = Reader.trained(streamed.dataset(test.label_names), test, device, progress, config)
    real = Reader.load_or_train(train, test, cache, device, progress, config)
    return GanTrain(samples=len(streamed.labels), accuracy=generated.accuracy, real=real.accuracy)
