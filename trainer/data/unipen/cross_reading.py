"""What readers of other writers' characters make of each character: a small network on directions of the ink's edges.

The features are those that served handwritten characters best before convolutions (Liu et al., "Handwritten digit
recognition: benchmarking of state-of-the-art techniques", Pattern Recognition 36, 2003): the gradient's part in each of
eight directions, averaged over the cells of a grid. A network on them is trained within a minute on a CPU. It only
cleans the set; what a generator draws is measured by the convolutional reader of `trainer.metrics`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

_SIZE, _CELLS, _DIRECTIONS = 32, 8, 8
_HIDDEN = 128
_EPOCHS, _BATCH, _RATE = 12, 256, 3e-3
_SMOOTHING = 0.02


def cross_read(images: Tensor, labels: Tensor, folds: Tensor, seed: int) -> Tensor:
    """The probability of each label for each image, float `(n, k)`, by a reader trained on the other folds' images.

    `images` uint8 `(n, 1, H, W)`; `labels` and `folds` int64 `(n,)`.
    """
    probabilities = torch.zeros(len(images), int(labels.max()) + 1)
    # The caller's random state neither matters nor changes.
    with _one_thread(), torch.random.fork_rng([]):
        seen = torch.cat([features(batch) for batch in images.split(1024)])
        for fold in folds.unique():
            torch.manual_seed(seed)
            network = _trained(seen[folds != fold], labels[folds != fold], probabilities.shape[1])
            with torch.no_grad():
                probabilities[folds == fold] = network(seen[folds == fold]).softmax(dim=1)
    return probabilities


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums do not depend on how many cores there are, and steps as small as these are not faster on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def features(images: Tensor) -> Tensor:
    """Images uint8 `(n, 1, H, W)` -> float `(n, 512)`, 0 or more: the mean gradient by cell and direction."""
    small = F.interpolate(images.float() / 255, size=(_SIZE, _SIZE), mode="area")
    dy, dx = torch.gradient(small, dim=(2, 3))
    angles = [2 * math.pi * direction / _DIRECTIONS for direction in range(_DIRECTIONS)]
    parts = torch.cat([(dx * math.cos(angle) + dy * math.sin(angle)).relu() for angle in angles], dim=1)
    # The square root makes the features of thin and thick pens more alike.
    return F.avg_pool2d(parts, _SIZE // _CELLS).sqrt().flatten(1)


def _trained(seen: Tensor, labels: Tensor, classes: int) -> nn.Module:
    network = nn.Sequential(
        nn.BatchNorm1d(seen.shape[1]),
        nn.Linear(seen.shape[1], _HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(_HIDDEN, classes),
    )
    batches = max(len(seen) // _BATCH, 1)  # the last, incomplete batch is left out of a pass
    optimiser = AdamW(network.parameters(), weight_decay=0.02)
    schedule = OneCycleLR(optimiser, _RATE, total_steps=_EPOCHS * batches)
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(seen)).split(_BATCH)[:batches]:
            loss = F.cross_entropy(network(seen[rows]), labels[rows], label_smoothing=_SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return network.eval()
