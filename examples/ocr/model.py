"""A CRNN: convolutions see strokes, a recurrent network sees what stands beside them (Shi et al. 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLANK = 0
"""The class that is no character, as CTC has it (Graves et al. 2006)."""


class Crnn(nn.Module):
    """Reads lines 32 pixels high, of these characters, two pixels a step: narrow digits have several steps each."""

    def __init__(self, characters: Sequence[str], width: int = 64) -> None:
        super().__init__()
        self.characters = tuple(characters)
        quarter, half = width // 4, width // 2
        self.trunk = nn.Sequential(
            *_stage(1, quarter, nn.MaxPool2d(2)),
            *_stage(quarter, half, nn.MaxPool2d((2, 1))),
            *_stage(half, width, nn.MaxPool2d((2, 1))),
            *_stage(width, width, nn.MaxPool2d((4, 1))),
        )
        self.context = nn.LSTM(width, width, bidirectional=True, batch_first=True)
        self.head = nn.Linear(2 * width, len(self.characters) + 1)

    def forward(self, lines: Tensor) -> Tensor:
        """Lines float `(n, 1, 32, W)`, 0 paper and 1 ink -> log-probabilities `(n, W // 2, characters + 1)`."""
        columns = self.trunk(lines).squeeze(2).transpose(1, 2)
        return F.log_softmax(self.head(self.context(columns)[0]), dim=2)

    def loss(self, lines: Tensor, texts: Sequence[str]) -> Tensor:
        """The mean negative log-likelihood of the texts, a character; empty paper beside a line reads as blanks."""
        said = torch.tensor([self.characters.index(character) + 1 for text in texts for character in text])
        lengths = torch.tensor([len(text) for text in texts])
        read = self(lines).transpose(0, 1)
        steps = torch.full((len(texts),), len(read))
        return F.ctc_loss(read, said, steps, lengths, blank=BLANK, zero_infinity=True)

    @torch.no_grad()
    def read(self, lines: Tensor) -> list[str]:
        """The text of each line: the likeliest class of each step, repeats and blanks left out."""
        best = self(lines).argmax(dim=2).tolist()
        return ["".join(self.characters[k - 1] for k, _ in groupby(row) if k != BLANK) for row in best]


def _stage(inputs: int, outputs: int, pool: nn.Module) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), pool
