"""The model of a data set or a line that names none: the one from whose samples others learn best."""

from __future__ import annotations

from collections.abc import Iterable

from latent import ModelCard


def default_model(cards: Iterable[ModelCard]) -> str | None:
    """The name of the model whose samples train the best reader; None if no model has labels.

    Models that draw characters at their places on a line come first: readers of text learn from them, not from single
    characters that are all of one size. Among equals it is the model whose samples train the best classifier. That is
    GAN-train (Shmelkov et al. 2018), as the card has it: the accuracy on real images of a classifier that is
    trained on the model's images. A model that was not measured comes after those that were, by the accuracy of its
    labels (GAN-test). Equal models are ordered by name.
    """
    ranked = sorted((card for card in cards if card.latent.labelled), key=_rank)
    return ranked[0].name if ranked else None


def _rank(card: ModelCard) -> tuple[bool, float, float, str]:
    quality = card.quality
    learned = (quality.gan_train_accuracy if quality else None) or 0.0
    labels = (quality.label_accuracy if quality else None) or 0.0
    return card.frame is None, -learned, -labels, card.name
