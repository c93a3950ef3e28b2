"""Label accuracy: the share of images an independent classifier reads as the label they were asked for.

Shmelkov et al. 2018, "How good is my GAN?", call it GAN-test.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def label_accuracy(
    probabilities: NDArray[np.float32], readable: tuple[str, ...], asked: NDArray[np.intp], labels: tuple[str, ...]
) -> tuple[float, dict[str, float]]:
    """The share read as asked, 0 to 1: over all images, and by label.

    Column `k` of the reader's `probabilities` float32 `(n, k)` is for label `readable[k]`; image `i` was asked to
    show `labels[asked[i]]`, `asked` intp `(n,)`. A label the reader does not know is never read.
    """
    read = np.array(readable)[probabilities.argmax(axis=1)]
    right = read == np.array(labels)[asked]
    by_label = {labels[k]: float(right[asked == k].mean()) for k in np.unique(asked)}
    return float(right.mean()), by_label
