"""Losses: one idea a file, each an object whose fields a recipe sets and whose one method is its value on a step."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from trainer.losses.equivariance import Equivariance
from trainer.losses.information import Information
from trainer.losses.invariance import InvariantInformation
from trainer.losses.nonsaturating import DiscriminatorLogistic, GeneratorNonSaturating
from trainer.losses.penalty import R1

Loss = Annotated[
    DiscriminatorLogistic | Equivariance | GeneratorNonSaturating | Information | InvariantInformation | R1,
    Field(discriminator="kind"),
]

__all__ = ["R1", "DiscriminatorLogistic", "GeneratorNonSaturating", "Information", "InvariantInformation", "Loss"]
