"""Batches of pairs: two images of different labels by one writer, side by side."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from trainer.data.sampler import hash_seed

_TRIES = 4  # to find a partner of another label


class WriterPairsConfig(BaseModel):
    """Rows 2i and 2i + 1 of each batch are by one writer.

    `label_balance`, from 0 to 1, is the power to which a label's frequency is divided out in the first row of a pair:
    0 draws labels as often as they occur, 1 all equally often.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label_balance: float = Field(0.5, ge=0, le=1)


class WriterPairSampler:
    """Draws pairs with replacement; the images of a step are a pure function of the seed and the step number.

    `labels` and `writers` are int64 `(n,)`. A writer all of whose images have one label pairs images of that label.

    Raises:
        ValueError: an odd batch size.
    """

    def __init__(self, labels: Tensor, writers: Tensor, batch: int, seed: int, config: WriterPairsConfig) -> None:
        if batch % 2:
            raise ValueError(f"batch: {batch} is odd; pairs of images by one writer need an even number")
        self._labels, self._batch, self._seed = labels.cpu(), batch, seed
        frequency = torch.bincount(self._labels).double()[self._labels]
        self._cumulative = frequency.pow(-config.label_balance).cumsum(0)
        _, group = writers.cpu().unique(return_inverse=True)
        self._by_writer = group.argsort(stable=True)
        sizes = torch.bincount(group)
        self._start, self._size = (sizes.cumsum(0) - sizes)[group], sizes[group]

    def indices(self, step: int) -> Tensor:
        """Indices of the images of step `step`, int64 `(batch,)`."""
        generator = torch.Generator().manual_seed(hash_seed(self._seed, step))
        pairs = self._batch // 2
        drawn = torch.rand(pairs, generator=generator, dtype=torch.float64) * self._cumulative[-1]
        first = torch.searchsorted(self._cumulative, drawn).clamp_max(len(self._labels) - 1)
        second = self._partner(first, generator)
        for _ in range(_TRIES):  # again where the partner has the same label
            same = self._labels[first] == self._labels[second]
            second = torch.where(same, self._partner(first, generator), second)
        return torch.stack([first, second], 1).flatten()

    def _partner(self, first: Tensor, generator: torch.Generator) -> Tensor:
        drawn = torch.rand(len(first), generator=generator)
        offset = (drawn * self._size[first]).long().clamp_max(self._size[first] - 1)
        partner: Tensor = self._by_writer[self._start[first] + offset]
        return partner
