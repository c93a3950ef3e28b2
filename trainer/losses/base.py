"""What every loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel, ConfigDict
from torch import Tensor

from trainer.step import Step


class BaseLoss(BaseModel, ABC):
    """A term of a phase's objective; `weight` multiplies it there, not in the value it returns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    weight: float = 1.0

    @property
    def title(self) -> str:
        """The term's name in the logs."""
        return self.kind

    @abstractmethod
    def __call__(self, step: Step) -> Tensor:
        """The loss on one step, a scalar, mean over the batch."""
