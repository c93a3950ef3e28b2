"""A reader trained on generated lines alone, or on lines of real training digits, reads lines of real test digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from examples.ocr import real, train
from examples.ocr.score import Score
from examples.ocr.stream import Sample
from examples.ocr.train import Tell
from trainer.data import Dataset

TEST_SEED = 0


class Config(BaseModel):
    """The experiment; the same for whoever draws the lines that are trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = Field((1, 2, 3), description="One network each; none is the seed of the lines it reads.")
    lines: str = Field("3-8", description="Digits of a line.")
    jitter: float = Field(1.0, ge=0, le=1, description="1: MNIST does not tell who wrote what, so neither do lines.")
    test_lines: int = Field(4000, ge=1)
    training: train.Config = train.Config()

    def query(self, n: int, seed: int) -> dict[str, Any]:
        """So many lines, as the endpoint takes it."""
        return {"n": n, "seed": seed, "size": min(n, 500), "length": self.lines, "jitter": self.jitter}


Draw = Callable[..., Iterable[Sample]]
"""Gives the lines of a query."""


def measure(draw: Draw, test: Dataset, config: Config, seed: int, tell: Tell) -> Score:
    """How a network that was trained on lines that `draw` gives reads lines of the test digits."""
    samples = draw(**config.query(config.training.lines, seed))
    network = train.train(samples, test.label_names, config.training, seed, tell)
    return train.examine(network, real.lines(test, **config.query(config.test_lines, TEST_SEED)))
