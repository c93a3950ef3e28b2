"""Training and evaluation of the CRNN on a stream of lines."""

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
    """The settings of a training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: int = Field(60_000, ge=1, description="Number of training lines; each is seen once.")
    batch: int = Field(16, ge=1)
    learning_rate: float = Field(4e-3, gt=0, description="Peak of the one-cycle schedule.")
    warm_up: float = Field(0.1, gt=0, lt=1, description="Share of the steps before the peak.")
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(5.0, gt=0, description="Maximum norm of all gradients.")


Progress = Callable[[float, float], None]
"""Called with the completed share of the training, 0 to 1, and the loss of the last batch."""


def batches(samples: Iterable[Sample], size: int) -> Iterator[tuple[Tensor, list[str]]]:
    """Batches of `size` samples: the lines, see `collate`, and their texts. The last batch may be smaller."""
    remaining = iter(samples)
    while batch := list(islice(remaining, size)):
        yield collate([line for line, _ in batch]), [text for _, text in batch]


def collate(lines: Sequence[np.ndarray]) -> Tensor:
    """Lines uint8 `(H, W)`, white on black -> float32 `(n, 1, H, W)`, 0 paper and 1 ink, padded to the widest line."""
    width = max(line.shape[1] for line in lines)
    padded = np.zeros((len(lines), 1, lines[0].shape[0], width + width % 2), np.uint8)
    for image, line in zip(padded, lines, strict=True):
        image[0, :, : line.shape[1]] = line
    return torch.from_numpy(padded).float() / 255


def train(samples: Iterable[Sample], characters: Sequence[str], config: Config, seed: int, progress: Progress) -> Crnn:
    """Train a network on the first `config.lines` samples, each once."""
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
        progress(seen / config.lines, loss.item())
    return network.eval()


def evaluate(network: Crnn, samples: Iterable[Sample]) -> Score:
    """The score of a network on these lines."""
    predictions, references = [], []
    for lines, texts in batches(samples, 100):
        predictions += network.transcribe(lines)
        references += texts
    return Score.of(predictions, references)
