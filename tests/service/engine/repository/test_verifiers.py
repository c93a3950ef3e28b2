"""The verifiers of a folder, as its files come and go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from latent import ModelCard
from latent.card import ImageShape
from service.engine.repository.models import ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.settings import Settings
from tests.conftest import MNIST, PROVENANCE

Make = Callable[..., Path]

CARD = ModelCard(
    name="m",
    system="test",
    latent=MNIST,
    image=ImageShape(channels=1, height=2, width=74),
    provenance=PROVENANCE,
)


def test_verifiers_come_and_go_with_their_files_and_are_not_served_as_generators(
    make_generator: Make, make_verifier: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_generator(tmp_path / "mnist-infogan.onnx")
    (tmp_path / "broken.verifier.onnx").write_bytes(b"broken")
    settings = Settings(models=tmp_path)
    with caplog.at_level(logging.ERROR):
        verifiers = VerifierRepository(settings)
    assert "refused broken.verifier.onnx: cannot be loaded" in caplog.text
    assert verifiers.find(CARD) is None
    path = make_verifier(tmp_path / "judge.verifier.onnx")
    verifiers.refresh()
    found = verifiers.find(CARD)
    assert found
    assert found.version == f"judge@{found.sha256[:12]}"
    repository = ModelRepository(settings)
    assert (list(repository.models), repository.refused) == (["mnist-infogan"], ())
    repository.close()
    path.unlink()
    verifiers.refresh()
    assert verifiers.find(CARD) is None
