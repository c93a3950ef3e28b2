"""Classification of real test digits after training with few real labels, with and without generated digits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from examples.ocr.stream import stream
from trainer.data import Dataset
from trainer.data.labelled_subset import balanced_indices
from trainer.metrics import classifier
from trainer.metrics.classifier import Classifier

Progress = Callable[[float], None]
"""Called with the completed share of the work, 0 to 1."""


class Config(BaseModel):
    """The settings of the experiment, with and without generated digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = Field((1, 2, 3), description="Each selects other images and initial weights.")
    labels: tuple[int, ...] = Field((100, 300, 1000, 3000, 10000), description="Real labels to train with; balanced.")
    generated: int = Field(20_000, ge=10, description="Number of generated digits.")
    images_seen: int = Field(100_000, ge=1, description="Images of a training in total, over all epochs.")
    batch: int = Field(100, ge=2)
    width: int = Field(48, ge=4, description="Channels of the classifier's last stage.")


def streamed(service: str, model: str, labels: tuple[str, ...], config: Config, seed: int) -> Dataset:
    """Generated digits without verification: the verifier was trained with real labels, which must not help here."""
    query = {"n": config.generated, "seed": seed, "size": min(config.generated, 1000), "min_confidence": 0}
    images, numbers = zip(*stream(service, model, "cls", **query), strict=True)
    return Dataset(model, torch.from_numpy(np.stack(images))[:, None], torch.tensor(numbers), labels)


def measure(
    generated: Dataset | None, train: Dataset, test: Dataset, config: Config, seed: int, progress: Progress
) -> dict[int, float]:
    """The accuracy, 0 to 1, on test images by the number of real labels; with `generated` digits, also for none."""
    counts = (0, *config.labels) if generated else config.labels
    accuracies: dict[int, float] = {}
    for count in counts:
        accuracies[count] = _accuracy(_combine(_labelled_subset(train, count, seed), generated), test, config, seed)
        progress(len(accuracies) / len(counts))
    return accuracies


def _labelled_subset(train: Dataset, count: int, seed: int) -> Dataset:
    rows = torch.from_numpy(balanced_indices(train.labels.numpy(), count, seed))
    return Dataset(train.name, train.images[rows], train.labels[rows], train.label_names)


def _combine(real: Dataset, generated: Dataset | None) -> Dataset:
    """Both, with the real images repeated until they are about as many as the generated ones."""
    if generated is None or not len(real):
        return generated or real
    times = max(1, len(generated) // len(real))
    images = torch.cat([generated.images, real.images.repeat(times, 1, 1, 1)])
    return Dataset(real.name, images, torch.cat([generated.labels, real.labels.repeat(times)]), real.label_names)


def _accuracy(train: Dataset, test: Dataset, config: Config, seed: int) -> float:
    epochs = max(1, round(config.images_seen / len(train)))
    settings = classifier.ClassifierConfig(
        epochs=epochs, batch=min(config.batch, len(train)), width=config.width, seed=seed
    )
    return Classifier.trained(train, None, torch.device("cpu"), config=settings).accuracy(test)
