"""The judge: the classifier by which generated images are measured, and the real images they are compared with.

The training images are divided at random into disjoint parts, so that the judge has seen none of the images that it
compares. A distance between generated and real images can then be read against one between real and real images.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch

from trainer.data import Dataset
from trainer.data.partition import random_parts
from trainer.metrics.classifier import Classifier, ClassifierConfig, ProgressCallback

JUDGES = Path(__file__).with_name("judges")
"""The folder of the judges that are part of the package."""

CONFIG = ClassifierConfig(epochs=8, width=64)
"""How a judge is trained: a file of 0.3 MB, and minutes on one CPU core for MNIST."""

_PARTS = (7 / 11, 2 / 11, 2 / 11)  # of the images that remain without the validation images
_SEED = 1


class Parts(NamedTuple):
    """Disjoint parts of the training images, random ones but for validation images that a data set has of its own.

    `validation`: the data set's own, or 1/12 of the training images; they choose the epoch of the judge that is kept.
    Of the others, `judge`: 7/11, the judge is trained on these. `reference`: 2/11, generated images are compared with
    these. `comparison`: 2/11; they are compared with them as generated images are, which gives the figures of real
    images.
    """

    judge: Dataset
    validation: Dataset
    reference: Dataset
    comparison: Dataset


def divide(train: Dataset, validation: Dataset) -> Parts:
    """The parts of the training images `train`; they depend on nothing but their number."""
    judge, reference, comparison = random_parts(train, _PARTS, _SEED)
    return Parts(judge, validation, reference, comparison)


def load_or_train(
    parts: Parts,
    cache: Path,
    device: torch.device,
    progress: ProgressCallback | None = None,
    config: ClassifierConfig | None = None,
) -> Classifier:
    """The judge of `parts`: from `JUDGES` if it is there, otherwise from the folder `cache`, where it is stored.

    The same training results in the same bits on one kind of processor only. Figures of different machines can be
    compared where both judges have the same digest; that is why the judge of MNIST is part of the package.
    """
    config = config or CONFIG
    folder = JUDGES if Classifier.path(JUDGES, parts.judge, config).exists() else cache
    return Classifier.load_or_train(parts.judge, parts.validation, folder, device, progress, config)
