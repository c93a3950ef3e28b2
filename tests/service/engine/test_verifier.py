"""Verifiers: what they read, which models they support, and which files are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latent import Categorical, LatentSpec, ModelCard, Noise
from latent.card import ImageShape
from service.engine.repository.files import LoadError
from service.engine.verifier import VerifierSession
from tests.conftest import MNIST, PROVENANCE

Make = Callable[..., Path]


def _card(**changes: Any) -> ModelCard:
    image = ImageShape(channels=1, height=2, width=74)
    fields = {"name": "m", "system": "test", "latent": MNIST, "image": image, "provenance": PROVENANCE}
    return ModelCard(**fields | changes)


@pytest.fixture
def verifier(make_verifier: Make, tmp_path: Path) -> VerifierSession:
    return VerifierSession(make_verifier(tmp_path / "judge.verifier.onnx"))


def test_it_reads_in_the_order_of_the_labels_asked_for(verifier: VerifierSession) -> None:
    images = np.full((3, 1, 2, 74), 128, np.uint8)
    images[[0, 1, 2], :, :, [62, 69, 71]] = 148
    images[:, :, :, 0] = 138
    read = verifier.classify(images, "0123456789")
    assert (read.shape, read.dtype, read.argmax(1).tolist()) == ((3, 10), np.float32, [0, 7, 9])
    assert verifier.classify(images, "9370").argmax(1).tolist() == [3, 2, 0]


def test_it_supports_models_of_its_labels_data_set_and_size(verifier: VerifierSession) -> None:
    def labelled(*labels: str) -> LatentSpec:
        return LatentSpec(variables=(Categorical(name="c1", size=len(labels), labels=labels),))

    assert verifier.supports(_card())
    assert verifier.supports(_card(latent=labelled("3", "1")))
    assert not verifier.supports(_card(latent=labelled("3", "x")))
    assert not verifier.supports(_card(latent=LatentSpec(variables=(Noise(size=2),))))
    assert not verifier.supports(_card(image=ImageShape(channels=1, height=2, width=75)))
    assert not verifier.supports(_card(provenance=PROVENANCE.model_copy(update={"dataset": "other"})))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"card": None}, "no 'inkcode.verifier'"),
        ({"card": {"labels": tuple("012345678")}}, r"must be float32 \(2, 9\) by its card, but are float32 \(2, 10\)"),
        ({"card": {"image": ImageShape(channels=3, height=2, width=74)}}, "cannot be loaded"),
        ({"outputs": "read"}, "cannot be loaded"),
    ],
)
def test_a_file_that_is_no_verifier_is_refused(make_verifier: Make, tmp_path: Path, change: Any, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        VerifierSession(make_verifier(tmp_path / "judge.verifier.onnx", **change))
