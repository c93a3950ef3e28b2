"""The base class of all losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from trainer.losses.step import Step


class BaseLoss(BaseModel, ABC):
    """A term in the objective of a phase.

    The phase multiplies it by `weight`; the value returned here is unweighted. It is left out until `start_kimg`
    thousand real images have been shown: networks that learn from generated images learn nothing useful from the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs_independent_scores: ClassVar[bool] = False
    """Whether the discriminator's score of an image must not depend on the other images of the batch."""

    kind: str
    weight: float = 1.0
    start_kimg: float = Field(0.0, ge=0)

    @property
    def title(self) -> str:
        """The name of the term in the logs."""
        return self.kind.rpartition(":")[2]  # of an import path, the class

    @abstractmethod
    def __call__(self, step: Step) -> Tensor:
        """The loss on one step: a scalar, the mean over the batch."""
