"""Pretraining, one method per module: what a recipe can do to its networks before the first step of the GAN."""

from __future__ import annotations

from trainer.pretraining.invariant_information_clustering import InvariantInformationClustering

Pretraining = InvariantInformationClustering
"""The methods that a recipe can name; a further one makes this a union with `Field(discriminator="kind")`."""

__all__ = ["Pretraining"]
