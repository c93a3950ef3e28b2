"""How many labels of a data set are wrong, and what it costs in diversity to draw again what reads otherwise.

The readers are the trainer's, of seeds of their own: no network of theirs was ever the verifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.proof.record import Drawn, Labels
from benchmarks.proof.stream import Streamed, stream
from benchmarks.serving import Server
from trainer.data import Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback
from trainer.metrics.diversity import within_class_ms_ssim
from trainer.metrics.features import real_features
from trainer.metrics.precision_recall import precision_recall

SEEDS = (1, 2, 3)


def readers(
    train: Dataset, test: Dataset, cache: Path, progress: ProgressCallback, config: ClassifierConfig
) -> list[Classifier]:
    """Readers of `SEEDS`, from the folder `cache` where they were trained before."""
    configs = [config.model_copy(update={"seed": seed}) for seed in SEEDS]
    return [Classifier.load_or_train(train, test, cache, torch.device("cpu"), progress, one) for one in configs]


def together(those: Sequence[Classifier], images: Tensor) -> NDArray[np.intp]:
    """What they read by the mean of their probabilities, `(n,)`."""
    return np.mean([reader.probabilities(images) for reader in those], axis=0).argmax(axis=1)


def measure(
    server: Server, model: str, n: int, those: Sequence[Classifier], train: Dataset, test: Dataset, cache: Path
) -> Labels:
    """`n` samples at the default `min_confidence`, and `n` that nobody reads."""
    features = real_features(those[0], train, cache)
    near = np.random.default_rng(0).permutation(len(train))[:n]  # a data set may be sorted by label

    def drawn(streamed: Streamed) -> Drawn:
        images, labels = torch.from_numpy(streamed.images), streamed.numbers(test.label_names)
        found = precision_recall(features[near], those[0].features(images))
        ms_ssim = within_class_ms_ssim(streamed.images, labels)
        assert ms_ssim is not None
        return Drawn(
            min_confidence=streamed.floor,
            wrong=float((together(those, images) != labels).mean()),
            again=float(np.mean([one.get("attempt", 0) > 0 for one in streamed.facts])),
            recall=found.recall,
            coverage=found.coverage,
            ms_ssim=ms_ssim,
        )

    return Labels(
        samples=n,
        readers=len(those),
        accuracy=float((together(those, test.images) == test.labels.numpy()).mean()),
        read=drawn(stream(server, model, n)),
        unread=drawn(stream(server, model, n, min_confidence=0)),
    )
