"""GAN-train: how well a classifier that saw generated images alone reads real ones.

Shmelkov et al. 2018, "How good is my GAN?"; Ravuri and Vinyals 2019, "Classification accuracy score for conditional
generative models". It falls where images are wrong, and where they are right but too much alike.
"""

from __future__ import annotations

import numpy as np
import torch

from trainer.data import DataError, Dataset
from trainer.export.onnx_file import Generator
from trainer.metrics.classifier import Config, Progress, Reader
from trainer.metrics.samples import balanced


def gan_train_accuracy(
    generator: Generator,
    test: Dataset,
    n: int,
    device: torch.device,
    *,
    seed: int = 0,
    progress: Progress | None = None,
    config: Config | None = None,
) -> float:
    """Train on `n` generated images, as many of each label, and return the share of `test` read right, 0 to 1.

    The network, its training and its augmentation are those of the reader of real images: with the same `config`,
    what the two accuracies differ by is the images' doing.

    Raises:
        DataError: the model has no labels, or one that `test` does not know.
    """
    labels = generator.spec.labelled.labels if generator.spec.labelled else ()
    if not labels or not set(labels) <= set(test.label_names):
        raise DataError(f"{generator.card.name}: no label to train on, or one that is not of {test.name}")
    latents, categories = balanced(generator.spec, n, seed)
    known = np.array([test.label_names.index(label) for label in labels])
    generated = Dataset(
        name=generator.card.name,
        images=torch.from_numpy(generator.images(latents)),
        labels=torch.from_numpy(known[categories]),
        label_names=test.label_names,
    )
    return Reader.trained(generated, test, device, progress, config).accuracy
