"""The label errors of a data set, and the diversity that rejection sampling by the verifier costs.

An ensemble of the trainer's classifiers decides which labels are wrong. Its seeds differ from the verifier's, so that
the verifier is not one of its networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.proof.record import Labels, SampleQuality
from benchmarks.proof.stream import StreamedSamples, stream
from benchmarks.serving import Server
from trainer.data import Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback
from trainer.metrics.features import real_features
from trainer.metrics.ms_ssim import within_class_ms_ssim
from trainer.metrics.precision_recall import precision_recall

SEEDS = (1, 2, 3)


def ensemble(train: Dataset, cache: Path, progress: ProgressCallback, config: ClassifierConfig) -> list[Classifier]:
    """A classifier for each of `SEEDS`; the folder `cache` keeps them."""
    configs = [config.model_copy(update={"seed": seed}) for seed in SEEDS]
    return [Classifier.load_or_train(train, None, cache, torch.device("cpu"), progress, one) for one in configs]


def classify(classifiers: Sequence[Classifier], images: Tensor) -> NDArray[np.intp]:
    """The label with the highest mean probability, `(n,)`, for images uint8 `(n, C, H, W)`."""
    return np.mean([classifier.probabilities(images) for classifier in classifiers], axis=0).argmax(axis=1)


def measure(
    server: Server, model: str, n: int, classifiers: Sequence[Classifier], train: Dataset, test: Dataset, cache: Path
) -> Labels:
    """Measure `n` samples at the default `min_confidence`, and `n` samples that are not verified."""
    features = real_features(classifiers[0], train, cache)
    subset = np.random.default_rng(0).permutation(len(train))[:n]  # a data set may be sorted by label

    def quality(streamed: StreamedSamples) -> SampleQuality:
        images, labels = torch.from_numpy(streamed.images), streamed.label_indices(test.label_names)
        scores = precision_recall(features[subset], classifiers[0].features(images))
        ms_ssim = within_class_ms_ssim(streamed.images, labels)
        assert ms_ssim is not None
        return SampleQuality(
            min_confidence=streamed.min_confidence,
            label_errors=float((classify(classifiers, images) != labels).mean()),
            rejected=float(np.mean([metadata.get("attempt", 0) > 0 for metadata in streamed.metadata])),
            recall=scores.recall,
            coverage=scores.coverage,
            ms_ssim=ms_ssim,
        )

    return Labels(
        samples=n,
        classifiers=len(classifiers),
        accuracy=float((classify(classifiers, test.images) == test.labels.numpy()).mean()),
        verified=quality(stream(server, model, n)),
        unverified=quality(stream(server, model, n, min_confidence=0)),
    )
