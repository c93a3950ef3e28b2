"""GAN-train: the accuracy on real images of a classifier that is trained on generated images only.

Shmelkov et al. 2018, "How good is my GAN?"; Ravuri and Vinyals 2019, "Classification accuracy score for conditional
generative models". It is low where generated images are wrong, and where they are correct but not diverse.
"""

from __future__ import annotations

import numpy as np
import torch

from trainer.data import DataError, Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.metrics.samples import balanced_latents


def gan_train_accuracy(
    generator: OnnxGenerator,
    test: Dataset,
    n: int,
    device: torch.device,
    *,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    config: ClassifierConfig | None = None,
) -> float:
    """Train on `n` generated images, equally many of each label, and return the accuracy on `test`, 0 to 1.

    The network, its training and its augmentation are those of the classifier of real images. With the same `config`,
    the difference between the two accuracies comes from the images.

    Raises:
        DataError: the generator has no labels, or one that `test` does not have.
    """
    labels = generator.spec.labelled.labels if generator.spec.labelled else ()
    if not labels or not set(labels) <= set(test.label_names):
        raise DataError(f"{generator.card.name}: it has no labels, or one that {test.name} does not have")
    latents, categories = balanced_latents(generator.spec, n, seed)
    known = np.array([test.label_names.index(label) for label in labels])
    generated = Dataset(
        name=generator.card.name,
        images=torch.from_numpy(generator.generate(latents)),
        labels=torch.from_numpy(known[categories]),
        label_names=test.label_names,
    )
    return Classifier.trained(generated, test, device, progress, config).accuracy
