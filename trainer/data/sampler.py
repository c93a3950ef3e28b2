"""Batches of real images: the images of a step are a pure function of the seed and the step number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """The input of a training step: real images and what the run's labels say about them.

    `images` float32 `(n, C, H, W)` in [-1, 1], channels last. `codes` maps the name of a categorical code to the
    one-hot labels of these images, float32 `(n, size)`, and that of a continuous code to measured values `(n, 1)`; it
    is empty where the run reads no labels. `labelled` is a separate batch of labelled images, for runs that read only a
    few labels. `paired`: rows 2i and 2i + 1 are by one writer.
    """

    images: Tensor
    codes: Mapping[str, Tensor] = field(default_factory=dict)
    labelled: Batch | None = None
    paired: bool = False


class BatchSampler:
    """Shuffled epochs over `images`, uint8 `(n, C, H, W)`, which stay on their device during the whole run.

    A resumed run needs no saved sampler state. Each epoch drops its last, incomplete batch; every epoch is shuffled
    anew, so other images are dropped each time.

    Raises:
        ValueError: there are fewer images than a batch holds.
    """

    def __init__(self, images: Tensor, batch: int, seed: int) -> None:
        if len(images) < batch:
            raise ValueError(f"batch: {batch} is more than the {len(images)} images there are")
        self._images, self._batch, self._seed = images, batch, seed
        self._batches_per_epoch = len(images) // batch
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.long)

    def indices(self, step: int) -> Tensor:
        """Indices of the images of step `step`, int64 `(batch,)`."""
        epoch, offset = divmod(step, self._batches_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(hash_seed(self._seed, epoch))
            order = torch.randperm(len(self._images), generator=generator)
            self._epoch, self._order = epoch, order.to(self._images.device)
        return self._order[offset * self._batch : (offset + 1) * self._batch]

    def __getitem__(self, step: int) -> Tensor:
        """The images of step `step`: float32 `(batch, C, H, W)` in [-1, 1], channels last."""
        return to_float(self._images[self.indices(step)])


def hash_seed(seed: int, epoch: int) -> int:
    """A 63-bit seed for `epoch` of a run with `seed`, by splitmix64's finaliser: adjacent inputs are uncorrelated."""
    mask = 2**64 - 1
    x = (seed * 0x9E3779B97F4A7C15 + epoch + 1) & mask
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
    return (x ^ (x >> 31)) >> 1


def to_float(images: Tensor) -> Tensor:
    """Images uint8 `(n, C, H, W)` -> float32 in [-1, 1], channels last."""
    return (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
