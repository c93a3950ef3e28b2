"""Label accuracy: the fraction of generated images that a classifier assigns the label they were generated for.

Shmelkov et al. 2018, "How good is my GAN?", call it GAN-test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trainer.data.look_alikes import fold


def label_accuracy(
    probabilities: NDArray[np.float32], known: tuple[str, ...], intended: NDArray[np.intp], labels: tuple[str, ...]
) -> tuple[float, dict[str, float]]:
    """The accuracy, 0 to 1: over all images, and by label.

    Column `k` of the classifier's `probabilities` float32 `(n, len(known))` belongs to the label `known[k]`. Image `i`
    was generated for `labels[intended[i]]`; `intended` is intp `(n,)`. A label that the classifier does not know counts
    as wrong.
    """
    predicted = np.array(known)[probabilities.argmax(axis=1)]
    correct = predicted == np.array(labels)[intended]
    by_label = {labels[k]: float(correct[intended == k].mean()) for k in np.unique(intended)}
    return float(correct.mean()), by_label


def folded_accuracy(
    probabilities: NDArray[np.float32], known: tuple[str, ...], intended: NDArray[np.intp], labels: tuple[str, ...]
) -> float:
    """The accuracy over all images, 0 to 1, where a look-alike counts as right: see `trainer.data.look_alikes`.

    The arguments are those of `label_accuracy`. The likeliest label is folded, not the probabilities.
    """
    predicted = [fold(known[k]) for k in probabilities.argmax(axis=1)]
    return float(np.mean([guess == fold(labels[k]) for guess, k in zip(predicted, intended, strict=True)]))
