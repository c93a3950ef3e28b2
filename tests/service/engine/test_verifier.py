"""VerifierRepository: what they read, whom they fit, and files that are none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latent import Categorical, LatentSpec, ModelCard, Noise
from latent.card import ImageShape
from service.engine.repository.files import LoadError
from service.engine.repository.models import ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.engine.verifier import VerifierSession
from service.settings import Settings
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


def test_it_fits_models_of_its_labels_data_and_size(verifier: VerifierSession) -> None:
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
def test_what_is_no_verifier_is_refused(make_verifier: Make, tmp_path: Path, change: Any, reason: str) -> None:
    with pytest.raises(LoadError, match=reason):
        VerifierSession(make_verifier(tmp_path / "judge.verifier.onnx", **change))


def test_a_folder_s_verifiers_come_and_go_and_are_no_generators(
    make_generator: Make, make_verifier: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_generator(tmp_path / "mnist-infogan.onnx")
    (tmp_path / "broken.verifier.onnx").write_bytes(b"broken")
    settings = Settings(models=tmp_path)
    with caplog.at_level(logging.ERROR):
        verifiers = VerifierRepository(settings)
    assert "refused broken.verifier.onnx: cannot be loaded" in caplog.text
    assert verifiers.find(_card()) is None
    path = make_verifier(tmp_path / "judge.verifier.onnx")
    verifiers.refresh()
    found = verifiers.find(_card())
    assert found
    assert found.version == f"judge@{found.sha256[:12]}"
    repository = ModelRepository(settings)
    assert (list(repository.models), repository.refused) == (["mnist-infogan"], ())
    repository.close()
    path.unlink()
    verifiers.refresh()
    assert verifiers.find(_card()) is None
