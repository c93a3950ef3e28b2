"""The network of pairs, on writers that differ by the thickness of their strokes."""

import numpy as np
import pytest
import torch

from latent import Categorical, LatentSpec, Noise
from latent.card import WriterVerification
from trainer.data import Dataset
from trainer.metrics import writer_verification
from trainer.metrics.writer_verification import verify_writers

LABELS = ("a", "b", "c")


def draw(labels, thickness, rng):
    """Bars at a place of their label's, in the writer's thickness: uint8 `(n, 1, 16, 16)`."""
    images = np.zeros((len(labels), 1, 16, 16), np.uint8)
    for image, label, width in zip(images, labels, thickness, strict=True):
        top = rng.integers(1, 3)
        image[0, top : top + 12, 1 + 5 * label : 1 + 5 * label + width] = 255
    return torch.from_numpy(images)


def characters(writers, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 40 * writers)
    writer = np.arange(40 * writers) // 40
    images = draw(labels, 1 + writer % 3, rng)
    return Dataset("bars", images, torch.from_numpy(labels), LABELS, writers=torch.from_numpy(writer))


class Bars:
    """A generator whose style decides the thickness, or that ignores its style."""

    spec = LatentSpec(
        variables=(Noise(name="style", size=1), Noise(size=1), Categorical(name="c1", size=3, labels=LABELS))
    )

    def __init__(self, source):
        self._source = source

    def generate(self, latents):
        place = self.spec.slices[self._source].start
        thickness = 2 + np.sign(latents[:, place] / 0.43).astype(int) * (np.abs(latents[:, place]) > 0.43)
        return draw(latents[:, 2:].argmax(1), thickness, np.random.default_rng(1)).numpy()


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(writer_verification, "_STEPS", 300)
    monkeypatch.setattr(writer_verification, "_BATCH", 64)
    monkeypatch.setattr(writer_verification, "_WIDTH", 32)
    monkeypatch.setattr(writer_verification, "PAIRS", 600)


@pytest.mark.usefixtures("short")
def test_a_style_that_is_a_hand_is_told_apart_as_real_writers_are():
    train, evaluation = characters(30, 0), characters(12, 1)
    device = torch.device("cpu")
    hands = verify_writers(Bars("style"), train, evaluation, device)
    assert isinstance(hands, WriterVerification)
    assert hands.real > 0.75
    assert hands.style == pytest.approx(hands.real, abs=0.1)
    assert hands.hand == hands.style  # there is no continuous code
    assert verify_writers(Bars("z"), train, evaluation, device).style == pytest.approx(0.5, abs=0.06)


def test_a_set_without_writers_cannot_be_verified(strokes):
    with pytest.raises(ValueError, match="does not tell the writers"):
        verify_writers(Bars("style"), strokes, strokes, torch.device("cpu"))
