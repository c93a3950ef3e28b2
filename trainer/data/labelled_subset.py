"""The labels that a run may read: all of them, or a small balanced subset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from trainer.data.sampler import Batch, to_float
from trainer.runtime import distributed


class LabelledSubset:
    """Labelled images, and the categorical `code` whose values their labels are.

    `images` uint8 `(n, C, H, W)` and `labels` int64 `(n,)` are the whole data set, `size` the number of values of the
    code. `count` labels are read, balanced over the classes and chosen by `seed`; all of them where `count` is None.
    `measure` gives the values of continuous codes, float32 `(n,)` by code. It is called for the first batch: an
    export needs none.

    Raises:
        ValueError: the data set has more labels than the code has values.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        code: str,
        size: int,
        count: int | None,
        seed: int,
        measure: Callable[[], Mapping[str, Tensor]] = dict,
    ) -> None:
        if (classes := int(labels.max()) + 1) > size:
            raise ValueError(f"latent.{code}.size: {size}, but the data set has {classes} labels")
        self._code, self._size, self._reads_all, self._measure = code, size, count is None, measure
        rows = slice(None) if count is None else torch.from_numpy(balanced_indices(labels.cpu().numpy(), count, seed))
        self.images, self.labels = images[rows], labels[rows]

    @cached_property
    def _measured(self) -> Mapping[str, Tensor]:
        return self._measure()

    def __len__(self) -> int:
        """The number of labels read."""
        return len(self.labels)

    def batch(self, images: Tensor, indices: Tensor) -> Batch:
        """A batch of `images` float32 `(n, C, H, W)`, which are those at `indices` int64 `(n,)` of the data set.

        Where all labels are read, the batch has the labels of these images. Otherwise `batch.labelled` holds n labelled
        images, drawn with replacement from torch's global random generator.
        """
        if self._reads_all:
            measured = {name: values[indices][:, None] for name, values in self._measured.items()}
            return Batch(images, self._one_hot(self.labels[indices]) | measured)
        drawn = distributed.shard(
            torch.randint(len(self), (len(images) * distributed.world_size(),), device=self.labels.device)
        )
        return Batch(images, labelled=Batch(to_float(self.images[drawn]), self._one_hot(self.labels[drawn])))

    def _one_hot(self, labels: Tensor) -> dict[str, Tensor]:
        return {self._code: F.one_hot(labels, self._size).float()}


def balanced_indices(labels: NDArray[np.int64], n: int, seed: int) -> NDArray[np.intp]:
    """Indices of `n` of the `labels` int64 `(m,)`, equally many of each class, chosen by `seed`.

    Each class gets n // classes of them, so there are fewer than `n` where that division has a remainder.
    """
    rng = np.random.default_rng(seed)
    classes = np.unique(labels)
    return np.concatenate([rng.permutation(np.flatnonzero(labels == k))[: n // len(classes)] for k in classes])
