"""Recognition of lines of real test digits, after training on generated lines or on lines of real training digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from examples.ocr import real_lines, train
from examples.ocr.score import Score
from examples.ocr.stream import Sample
from examples.ocr.train import Progress
from trainer.data import Dataset

TEST_SEED = 0


class Config(BaseModel):
    """The settings of the experiment, for generated and for real training lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seeds: tuple[int, ...] = Field((1, 2, 3), description="A network each; not TEST_SEED.")
    lines: str = Field("3-8", description="Number of digits in a line.")
    jitter: float = Field(
        1.0, ge=0, le=1, description="1: each digit by another writer, as MNIST does not name its writers."
    )
    test_lines: int = Field(4000, ge=1)
    training: train.Config = train.Config()

    def query(self, n: int, seed: int) -> dict[str, Any]:
        """The query parameters of a data set of `n` lines."""
        return {"n": n, "seed": seed, "size": min(n, 500), "length": self.lines, "jitter": self.jitter}


LoadLines = Callable[..., Iterable[Sample]]
"""Query parameters, as keyword arguments -> the lines of that data set."""


def measure(load_lines: LoadLines, test: Dataset, config: Config, seed: int, progress: Progress) -> Score:
    """Train a network on the lines of `load_lines`; its score on lines of the test digits."""
    samples = load_lines(**config.query(config.training.lines, seed))
    network = train.train(samples, test.label_names, config.training, seed, progress)
    return train.evaluate(network, real_lines.lines(test, **config.query(config.test_lines, TEST_SEED)))
