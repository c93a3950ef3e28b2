"""Losses, one idea per module: the recipe sets the fields of the object, and calling it gives its value on a step."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from trainer.losses.classification import Classification
from trainer.losses.equivariance import Equivariance
from trainer.losses.hinge import DiscriminatorHinge
from trainer.losses.information import Information
from trainer.losses.invariance import InvariantInformation
from trainer.losses.leastsquares import DiscriminatorLeastSquares, GeneratorLeastSquares
from trainer.losses.nonsaturating import DiscriminatorLogistic, GeneratorNonSaturating
from trainer.losses.penalty import R1, R2, GradientPenalty
from trainer.losses.relativistic import DiscriminatorRelativistic, GeneratorRelativistic
from trainer.losses.wasserstein import DiscriminatorWasserstein, GeneratorWasserstein
from trainer.losses.writer_pairs import DiscriminatorWriterPairs, GeneratorWriterPairs

Loss = Annotated[
    Classification
    | DiscriminatorHinge
    | DiscriminatorLeastSquares
    | DiscriminatorLogistic
    | DiscriminatorRelativistic
    | DiscriminatorWasserstein
    | DiscriminatorWriterPairs
    | Equivariance
    | GeneratorLeastSquares
    | GeneratorNonSaturating
    | GeneratorRelativistic
    | GeneratorWasserstein
    | GeneratorWriterPairs
    | GradientPenalty
    | Information
    | InvariantInformation
    | R1
    | R2,
    Field(discriminator="kind"),
]

__all__ = ["Loss"]
