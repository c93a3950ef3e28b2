"""Real images in batches: which ones a step sees is a pure function of the seed and the step's number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """What a step is given: `images` float32 `(n, C, H, W)` in [-1, 1], channels last, and what is known of them.

    `codes` holds the categorical codes that their labels tell, one-hot float32 `(n, size)`, by name: empty where no
    label is read. `labelled` is a batch of its own for runs that read only some labels.
    """

    images: Tensor
    codes: Mapping[str, Tensor] = field(default_factory=dict)
    labelled: Batch | None = None


class Batches:
    """Shuffled passes over `images`, uint8 `(n, C, H, W)`, resident on their device for the whole run.

    Nothing needs to be saved to go on where a run stopped. A pass's last, incomplete batch is left out; every pass
    is shuffled anew, so no image is left out for long.

    Raises:
        ValueError: fewer images than a batch.
    """

    def __init__(self, images: Tensor, batch: int, seed: int) -> None:
        if len(images) < batch:
            raise ValueError(f"batch: {batch} is more than the {len(images)} images there are")
        self._images, self._batch, self._seed = images, batch, seed
        self._per_pass = len(images) // batch
        self._pass, self._order = -1, torch.empty(0, dtype=torch.long)

    def rows(self, step: int) -> Tensor:
        """Which images step `step` sees, int64 `(batch,)`."""
        number, offset = divmod(step, self._per_pass)
        if number != self._pass:
            generator = torch.Generator().manual_seed(hash_seed(self._seed, number))
            order = torch.randperm(len(self._images), generator=generator)
            self._pass, self._order = number, order.to(self._images.device)
        return self._order[offset * self._batch : (offset + 1) * self._batch]

    def __getitem__(self, step: int) -> Tensor:
        """The images of step `step`: float32 `(batch, C, H, W)` in [-1, 1], channels last."""
        return to_float(self._images[self.rows(step)])


def hash_seed(seed: int, number: int) -> int:
    """A 63-bit seed for pass `number` of `seed`; neighbours share nothing (splitmix64's finaliser)."""
    mask = 2**64 - 1
    x = (seed * 0x9E3779B97F4A7C15 + number + 1) & mask
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & mask
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & mask
    return (x ^ (x >> 31)) >> 1


def to_float(images: Tensor) -> Tensor:
    """Images uint8 `(n, C, H, W)` -> float32 in [-1, 1], channels last."""
    return (images.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
