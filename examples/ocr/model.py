"""CRNN, a text recogniser: convolutions, then a recurrent network over the columns (Shi et al. 2015), with CTC."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLANK = 0
"""The class for no character (CTC, Graves et al. 2006)."""


class Crnn(nn.Module):
    """Recognises lines of `characters`, 32 pixels high. A step is two pixels, so that a digit spans several."""

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
        """CTC loss: the mean negative log-likelihood per character. Padding beside a line counts as blanks."""
        targets = torch.tensor([self.characters.index(character) + 1 for text in texts for character in text])
        lengths = torch.tensor([len(text) for text in texts])
        log_probabilities = self(lines).transpose(0, 1)
        steps = torch.full((len(texts),), len(log_probabilities))
        return F.ctc_loss(log_probabilities, targets, steps, lengths, blank=BLANK, zero_infinity=True)

    @torch.no_grad()
    def transcribe(self, lines: Tensor) -> list[str]:
        """The text of each line by greedy decoding: the likeliest class of each step, without repeats and blanks."""
        best = self(lines).argmax(dim=2).tolist()
        return ["".join(self.characters[k - 1] for k, _ in groupby(row) if k != BLANK) for row in best]


def _stage(inputs: int, outputs: int, pool: nn.Module) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), pool
