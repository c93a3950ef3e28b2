"""Training on lines as they come, whoever drew them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from examples.ocr.augment import augment
from examples.ocr.model import Crnn
from examples.ocr.score import Score
from examples.ocr.stream import Sample
from trainer.networks.layers import to_device


class Config(BaseModel):
    """How a network is trained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: int = Field(60_000, ge=1, description="Each is seen once.")
    batch: int = Field(16, ge=1)
    learning_rate: float = Field(4e-3, gt=0, description="The one-cycle schedule's peak.")
    warm_up: float = Field(0.1, gt=0, lt=1, description="Share of the steps that lead up to it.")
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(5.0, gt=0, description="Most that the norm of all gradients may be.")


Tell = Callable[[float, float], None]
"""Told the share of the work that is done, 0 to 1, and the last batch's loss."""


def batches(samples: Iterable[Sample], size: int) -> Iterator[tuple[Tensor, list[str]]]:
    """Samples by so many: lines float `(n, 1, H, W)`, 0 paper and 1 ink, as wide as the widest; and what they say."""
    rest = iter(samples)
    while some := list(islice(rest, size)):
        yield stacked([line for line, _ in some]), [text for _, text in some]


def stacked(lines: Sequence[np.ndarray]) -> Tensor:
    """Lines grey uint8 `(H, W)`, white on black -> float `(n, 1, H, W)`, with paper beside what is less wide."""
    width = max(line.shape[1] for line in lines)
    sheet = np.zeros((len(lines), 1, lines[0].shape[0], width + width % 2), np.uint8)
    for row, line in zip(sheet, lines, strict=True):
        row[0, :, : line.shape[1]] = line
    return torch.from_numpy(sheet).float() / 255


def train(samples: Iterable[Sample], characters: Sequence[str], config: Config, seed: int, tell: Tell) -> Crnn:
    """A network that has seen `config.lines` of the samples, once each."""
    torch.manual_seed(seed)
    network = to_device(Crnn(characters), torch.device("cpu")).train()
    optimiser = AdamW(network.parameters(), weight_decay=config.weight_decay)
    steps = -(-config.lines // config.batch)
    schedule = OneCycleLR(optimiser, config.learning_rate, total_steps=steps, pct_start=config.warm_up)
    seen = 0
    for lines, texts in batches(islice(samples, config.lines), config.batch):
        loss = network.loss(augment(lines), texts)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), config.clip)
        optimiser.step()
        schedule.step()
        seen += len(texts)
        tell(seen / config.lines, loss.item())
    return network.eval()


def examine(network: Crnn, samples: Iterable[Sample]) -> Score:
    """How well a network reads these lines."""
    read, said = [], []
    for lines, texts in batches(samples, 100):
        read += network.read(lines)
        said += texts
    return Score.of(read, said)
