"""The labels a run may read: all of them, or a handful."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from trainer.config.recipe import RecipeError
from trainer.data.sampler import Batch, to_float
from trainer.training import distributed


class Labels:
    """What a run knows of its images: the value of `code` for `rows` of them.

    `labels` int64 `(n,)` and `images` uint8 `(n, C, H, W)`, the whole data set; without `count` every label is read,
    else `count` of them, as many of each as can be, chosen by `seed`.

    Raises:
        RecipeError: `size`, the code's, is not the number of labels there are.
    """

    def __init__(self, images: Tensor, labels: Tensor, code: str, size: int, count: int | None, seed: int) -> None:
        if (classes := int(labels.max()) + 1) > size:
            raise RecipeError(f"latent.{code}.size: {size}, but the data set has {classes} labels")
        self._code, self._size, self._all = code, size, count is None
        rows = slice(None) if count is None else torch.from_numpy(pick(labels.cpu().numpy(), count, seed))
        self.images, self.labels = images[rows], labels[rows]

    def __len__(self) -> int:
        """Labels read."""
        return len(self.labels)

    def batch(self, images: Tensor, rows: Tensor) -> Batch:
        """What is known of `images` float32 `(n, C, H, W)`, which are those of `rows`.

        Of a handful of labels a batch is drawn from torch's stream, since they are gone through many times.
        """
        if self._all:
            return Batch(images, self._codes(self.labels[rows]))
        some = distributed.share(
            torch.randint(len(self), (len(images) * distributed.world(),), device=self.labels.device)
        )
        return Batch(images, labelled=Batch(to_float(self.images[some]), self._codes(self.labels[some])))

    def _codes(self, labels: Tensor) -> Mapping[str, Tensor]:
        return {self._code: F.one_hot(labels, self._size).float()}


def pick(labels: NDArray[np.int64], n: int, seed: int) -> NDArray[np.intp]:
    """Rows of `n` of the `labels` int64 `(m,)`, as many of each label as can be, chosen by `seed`."""
    rng = np.random.default_rng(seed)
    kinds = np.unique(labels)
    return np.concatenate([rng.permutation(np.flatnonzero(labels == kind))[: n // len(kinds)] for kind in kinds])
