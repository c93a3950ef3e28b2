"""Pretraining, one method per module: what a recipe can do to its networks before the first step of the GAN."""

from __future__ import annotations

from trainer.pretraining.invariant_information_clustering import InvariantInformationClustering

Pretraining = InvariantInformationClustering
"""The methods that a recipe can name by their kind; with a second one, this becomes a union."""

__all__ = ["Pretraining"]
