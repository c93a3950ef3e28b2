"""Which models are served, and why the others are not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from latent import LatentSpec
from latent.codes import draw
from service.engine.repository.files import RefusedFile
from service.engine.repository.models import ModelRepository, NotReadyError, UnknownModelError
from service.settings import Settings

Make = Callable[..., Path]


def test_every_generator_of_the_folder_is_served(models: Path) -> None:
    repository = ModelRepository(Settings(models=models))
    assert sorted(repository.models) == ["colour", "mnist-infogan", "noise"]
    assert repository.default == "mnist-infogan"
    assert repository.not_ready_reason is None
    assert repository.get(None) is repository.get("mnist-infogan")
    assert repository.get("noise").version == f"noise@{repository.get('noise').generator.sha256[:12]}"


def test_without_the_bundled_model_the_first_by_name_is_the_default(make_generator: Make, tmp_path: Path) -> None:
    make_generator(tmp_path / "b.onnx", card={"name": "a"})
    make_generator(tmp_path / "a.onnx", card={"name": "b"})
    assert ModelRepository(Settings(models=tmp_path)).default == "a"


def test_the_default_can_be_set(models: Path) -> None:
    assert ModelRepository(Settings(models=models, default_model="colour")).get(None).card.name == "colour"


def test_a_default_that_is_not_there_is_not_ready(models: Path) -> None:
    repository = ModelRepository(Settings(models=models, default_model="gone"))
    assert repository.not_ready_reason == "INKCODE_DEFAULT_MODEL is 'gone'; there are colour, mnist-infogan, noise"
    with pytest.raises(NotReadyError, match="'gone'"):
        repository.get("colour")


def test_a_broken_file_is_refused_by_name_and_the_good_ones_serve(
    make_generator: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_generator(tmp_path / "good.onnx")
    make_generator(tmp_path / "later.onnx", card={"name": "good"})
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    (tmp_path / "good.encoder.onnx").write_bytes(b"another kind of file")
    with caplog.at_level(logging.ERROR):
        repository = ModelRepository(Settings(models=tmp_path))
    assert list(repository.models) == ["good"]
    assert [refusal.file for refusal in repository.refused] == ["broken.onnx", "later.onnx"]
    assert repository.refused[1] == RefusedFile("later.onnx", "another file is already served as 'good'")
    assert "refused broken.onnx: cannot be loaded" in caplog.text
    assert repository.not_ready_reason is None


def test_an_empty_folder_is_not_ready(tmp_path: Path) -> None:
    repository = ModelRepository(Settings(models=tmp_path))
    assert repository.not_ready_reason == f"no generator in {str(tmp_path)!r}"
    with pytest.raises(NotReadyError, match="no generator in"):
        repository.get(None)


def test_a_folder_of_broken_files_is_not_ready_and_names_them(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"")
    reason = ModelRepository(Settings(models=tmp_path)).not_ready_reason
    assert reason is not None
    assert "could be loaded: broken.onnx: cannot be loaded" in reason


def test_a_missing_folder_is_not_ready(tmp_path: Path) -> None:
    reason = ModelRepository(Settings(models=tmp_path / "gone")).not_ready_reason
    assert reason == f"INKCODE_MODELS is {str(tmp_path / 'gone')!r}, which is no folder"


def test_an_unknown_model_is_named_with_those_there_are(models: Path) -> None:
    with pytest.raises(UnknownModelError, match="no model 'gone'; there are colour, mnist-infogan, noise"):
        ModelRepository(Settings(models=models)).get("gone")


def test_a_models_batcher_runs_its_generator(models: Path, mnist: LatentSpec) -> None:
    repository = ModelRepository(Settings(models=models, batch_rows=3))
    model = repository.get(None)
    latents = draw(mnist, 5, range(8))
    drawn = asyncio.run(model.batcher.submit(latents))
    assert (drawn.rows == model.generator.run(latents)).all()
    repository.close()
