"""GAN-train: the accuracy on real images of a classifier that is trained on generated images only.

Shmelkov et al. 2018, "How good is my GAN?"; Ravuri and Vinyals 2019, "Classification accuracy score for conditional
generative models". It is low where generated images are wrong, and where they are correct but not diverse.
"""

from __future__ import annotations

import numpy as np
import torch

from trainer.data import DataError, Dataset
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback
from trainer.metrics.evaluation_latents import balanced_latents
from trainer.metrics.onnx_generator import OnnxGenerator


def gan_train_accuracy(
    generator: OnnxGenerator,
    real: Dataset,
    n: int,
    validation: int,
    device: torch.device,
    *,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    config: ClassifierConfig | None = None,
) -> float:
    """Train on `n` generated images, equally many of each label, and return the accuracy on `real`, 0 to 1.

    The network, its training and its augmentation are those of the judge. With the same `config` and as many images,
    the difference between the two accuracies comes from the images. `validation` further generated images choose the
    epoch that is kept, as real ones do for the judge: no real image is used before the measurement.

    Raises:
        DataError: the generator has no labels, or one that `real` does not have.
    """
    labels = generator.spec.labelled.labels if generator.spec.labelled else ()
    if not labels or not set(labels) <= set(real.label_names):
        raise DataError(f"{generator.card.name}: it has no labels, or one that {real.name} does not have")
    latents, categories = balanced_latents(generator.spec, n + validation, seed)
    images = torch.from_numpy(generator.generate(latents))
    known = np.array([real.label_names.index(label) for label in labels])
    assigned = torch.from_numpy(known[categories])
    train, held_out = (
        Dataset(generator.card.name, images[rows], assigned[rows], real.label_names)
        for rows in (slice(n), slice(n, None))
    )
    return Classifier.trained(train, held_out, device, progress, config).accuracy(real)
