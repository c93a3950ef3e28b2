"""A classifier trained on few labelled digits, alone and with generated ones, reads real test digits."""

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

Tell = Callable[[float], None]
"""Told the share of the work that is done, 0 to 1."""


class Config(BaseModel):
    """The experiment; the same with and without generated digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = Field((1, 2, 3), description="Each labels other images, and starts another network.")
    labels: tuple[int, ...] = Field((100, 300, 1000, 3000, 10000), description="Real ones, as many of each digit.")
    generated: int = Field(20_000, ge=10)
    shown: int = Field(100_000, ge=1, description="Images that a network sees in its training, repeats counted.")
    batch: int = Field(100, ge=2)
    width: int = Field(48, ge=4, description="Of the classifier's last stage.")


def streamed(service: str, model: str, labels: tuple[str, ...], config: Config, seed: int) -> Dataset:
    """Generated digits that nobody reads before: what a service's verifier knows of labels is kept out of this."""
    query = {"n": config.generated, "seed": seed, "size": min(config.generated, 1000), "min_confidence": 0}
    images, numbers = zip(*stream(service, model, "cls", **query), strict=True)
    return Dataset(model, torch.from_numpy(np.stack(images))[:, None], torch.tensor(numbers), labels)


def measure(
    drawn: Dataset | None, train: Dataset, test: Dataset, config: Config, seed: int, tell: Tell
) -> dict[int, float]:
    """The accuracy, 0 to 1, on test images by how many of the training's labels were read; beside `drawn`, 0 too."""
    counts = (0, *config.labels) if drawn else config.labels
    accuracies: dict[int, float] = {}
    for count in counts:
        accuracies[count] = _accuracy(_together(_few(train, count, seed), drawn), test, config, seed)
        tell(len(accuracies) / len(counts))
    return accuracies


def _few(train: Dataset, count: int, seed: int) -> Dataset:
    rows = torch.from_numpy(balanced_indices(train.labels.numpy(), count, seed))
    return Dataset(train.name, train.images[rows], train.labels[rows], train.label_names)


def _together(few: Dataset, drawn: Dataset | None) -> Dataset:
    """Both, the real ones as often as the generated: a hundred among thousands would hardly be seen."""
    if drawn is None or not len(few):
        return drawn or few
    times = max(1, len(drawn) // len(few))
    images = torch.cat([drawn.images, few.images.repeat(times, 1, 1, 1)])
    return Dataset(few.name, images, torch.cat([drawn.labels, few.labels.repeat(times)]), few.label_names)


def _accuracy(train: Dataset, test: Dataset, config: Config, seed: int) -> float:
    epochs = max(1, round(config.shown / len(train)))
    how = classifier.ClassifierConfig(epochs=epochs, batch=min(config.batch, len(train)), width=config.width, seed=seed)
    return Classifier.trained(train, test, torch.device("cpu"), config=how).accuracy
