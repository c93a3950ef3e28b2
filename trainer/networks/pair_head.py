"""The pair head: whether two images look as if one writer had written both."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_HIDDEN = 64


def of_two_writers(pairs: Tensor) -> Tensor:
    """The first row of each pair beside the second of the pair before: rows `(n, ...)` -> `(n, ...)`, in pairs too.

    From pairs by one writer it makes pairs by two, but where neighbours happen to be by the same.
    """
    mixed = pairs.unflatten(0, (-1, 2)).clone()
    mixed[:, 1] = mixed[:, 1].roll(1, 0)
    flat: Tensor = mixed.flatten(0, 1)
    return flat


class PairHead(nn.Module):
    """Features `(n, features)` of images -> scores `(n / 2,)` of pairs, rows 2i and 2i + 1: higher for one writer.

    Each image is embedded in `width` numbers. The score is symmetric in the two images, as it depends on the product,
    the absolute difference and the sum of their embeddings only.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(features, width)
        self.score = nn.Sequential(nn.Linear(3 * width, _HIDDEN), nn.LeakyReLU(0.1), nn.Linear(_HIDDEN, 1))

    def forward(self, features: Tensor) -> Tensor:
        first, second = self.embedding(features).unflatten(0, (-1, 2)).unbind(1)
        symmetric = torch.cat([first * second, (first - second).abs(), first + second], 1)
        scores: Tensor = self.score(symmetric).squeeze(1)
        return scores
