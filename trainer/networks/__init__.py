"""The networks that a recipe can name, one kind per module."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from trainer.networks.conv import ConvDiscriminator, ConvGenerator
from trainer.networks.encoder import ConvEncoder, StridedEncoder
from trainer.networks.mlp import MlpDiscriminator, MlpGenerator
from trainer.networks.residual import ResidualDiscriminator, ResidualGenerator

AnyGenerator = Annotated[ConvGenerator | MlpGenerator | ResidualGenerator, Field(discriminator="kind")]
AnyDiscriminator = Annotated[ConvDiscriminator | MlpDiscriminator | ResidualDiscriminator, Field(discriminator="kind")]
AnyEncoder = Annotated[ConvEncoder | StridedEncoder, Field(discriminator="kind")]

__all__ = ["AnyDiscriminator", "AnyEncoder", "AnyGenerator"]
