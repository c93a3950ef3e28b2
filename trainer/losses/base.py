"""What every loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from trainer.training.step import Step


class BaseLoss(BaseModel, ABC):
    """A term of a phase's objective.

    `weight` multiplies it there, not in the value it returns. Before `after` thousand images it is left out: what
    reads generated images can only be misled by the first of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    weight: float = 1.0
    after: float = Field(0.0, ge=0)

    @property
    def title(self) -> str:
        """The term's name in the logs."""
        return self.kind.rpartition(":")[2]  # of an import path, the class

    @abstractmethod
    def __call__(self, step: Step) -> Tensor:
        """The loss on one step, a scalar, mean over the batch."""
