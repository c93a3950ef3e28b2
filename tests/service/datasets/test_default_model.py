"""Which model a data set is drawn from where none is named."""

from __future__ import annotations

from latent import LatentSpec, ModelCard, Noise
from latent.card import ImageShape, LineFrame, Quality
from service.datasets.default_model import default_model
from tests.conftest import MNIST, PROVENANCE

IMAGE = ImageShape(channels=1, height=2, width=MNIST.dim)


def card(name: str, learned: float | None = None, labels: float | None = None, spec: LatentSpec = MNIST) -> ModelCard:
    quality = Quality(samples=1, gan_train_accuracy=learned, label_accuracy=labels)
    return ModelCard(name=name, system="test", latent=spec, image=IMAGE, provenance=PROVENANCE, quality=quality)


def test_it_is_the_one_others_learn_best_from() -> None:
    cards = [card("a", 0.97, 0.9999), card("b", 0.995, 0.99), card("c", None, 1.0), card("d", 0.98)]
    assert default_model(cards) == default_model(cards[::-1]) == "b"


def test_models_of_text_come_first() -> None:
    text = card("text", 0.8).model_copy(update={"frame": LineFrame(baseline=0.64, x_height=0.24)})
    assert default_model([card("digits", 0.99), text]) == "text"


def test_models_that_were_not_measured_come_after_and_in_order() -> None:
    assert default_model([card("c"), card("b", labels=0.5), card("a")]) == "b"
    assert default_model([card("c"), card("a")]) == "a"


def test_without_labels_there_is_none() -> None:
    assert default_model([card("noise", 0.99, spec=LatentSpec(variables=(Noise(size=MNIST.dim),)))]) is None
