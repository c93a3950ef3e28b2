"""Encoders: which model each belongs to, when it is loaded, and what a change of its file does."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest

from latent import LatentSpec
from latent.card import Quality
from latent.codes import draw
from latent.onnx_file import graph_sha256
from service.engine.repository.encoders import Encoder, EncoderRepository
from service.engine.repository.models import ModelRepository
from service.settings import Settings

Make = Callable[..., Path]


@pytest.fixture
def folder(make_generator: Make, make_encoder: Make, tmp_path: Path) -> Path:
    """Two generators, `first` with an encoder and `second` without."""
    make_encoder(tmp_path / "first.encoder.onnx", make_generator(tmp_path / "first.onnx"))
    make_generator(tmp_path / "second.onnx")
    return tmp_path


@pytest.fixture
def repository(folder: Path) -> Iterator[ModelRepository]:
    repository = ModelRepository(Settings(models=folder))
    yield repository
    repository.close()


@pytest.fixture
def encoders(folder: Path, repository: ModelRepository) -> EncoderRepository:
    return EncoderRepository(Settings(models=folder), repository)


def of(encoders: EncoderRepository, repository: ModelRepository, name: str = "first") -> Encoder | None:
    return asyncio.run(encoders.get(repository.get(name)))


def spoil(path: Path) -> None:
    """Break a file's graph so that no session loads it, and keep its metadata."""
    model = onnx.load_model(path)
    model.graph.node[0].op_type = "Unknown"
    onnx.save_model(model, path)


def test_a_model_has_the_encoder_that_names_it_and_which_is_not_served_as_a_generator(
    encoders: EncoderRepository, repository: ModelRepository
) -> None:
    assert list(repository.models) == ["first", "second"]
    assert repository.refused == ()
    assert encoders.has(repository.get("first"))
    assert not encoders.has(repository.get("second"))
    assert of(encoders, repository, "second") is None


def test_it_is_loaded_once_on_first_use(
    encoders: EncoderRepository, repository: ModelRepository, mnist: LatentSpec, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        model = repository.get("first")
        both = await asyncio.gather(encoders.get(model), encoders.get(model))
        assert both[0] is both[1]
        assert both[0]
        images = (await model.batcher.submit(draw(mnist, 1, range(100)))).rows
        assert (await both[0].batcher.submit(images)).rows.shape == (100, 13)

    with caplog.at_level(logging.INFO):
        encoders.refresh()
        assert "reading with" not in caplog.text
        asyncio.run(scenario())
    assert caplog.text.count("reading with first.encoder.onnx") == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda path: path.write_bytes(b"half a file"), "cannot be read as an ONNX file"),
        (lambda path: path.write_bytes(path.with_name("first.onnx").read_bytes()), "it is no encoder"),
        (lambda path: path.with_name("first.onnx").unlink(), "by its digest, is not served"),
    ],
)
def test_a_file_without_usable_metadata_is_logged_once_at_the_start(
    folder: Path, change: Callable[[Path], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(folder / "first.encoder.onnx")
    repository = ModelRepository(Settings(models=folder))
    with caplog.at_level(logging.ERROR):
        encoders = EncoderRepository(Settings(models=folder), repository)
        encoders.refresh()
    (record,) = [record.getMessage() for record in caplog.records if "encoder" in record.getMessage()]
    assert record.startswith("refused first.encoder.onnx: ")
    assert reason in record
    assert not any(encoders.has(model) for model in repository.models.values())
    repository.close()


def test_one_that_fails_to_load_on_first_use_is_gone_from_then_on(
    folder: Path,
    encoders: EncoderRepository,
    repository: ModelRepository,
    make_encoder: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = folder / "first.encoder.onnx"
    spoil(path)
    encoders.refresh()
    assert encoders.has(repository.get("first"))
    assert of(encoders, repository) is of(encoders, repository) is None
    assert caplog.text.count("refused first.encoder.onnx: cannot be loaded") == 1
    assert not encoders.has(repository.get("first"))
    make_encoder(path, folder / "first.onnx")
    encoders.refresh()
    assert of(encoders, repository)


def test_one_in_use_stays_until_its_replacement_can_be_loaded(
    folder: Path, encoders: EncoderRepository, repository: ModelRepository, make_encoder: Make
) -> None:
    path, old = folder / "first.encoder.onnx", of(encoders, repository)
    spoil(path)
    encoders.refresh()
    assert of(encoders, repository) is old
    make_encoder(path, folder / "first.onnx")
    encoders.refresh()
    new = of(encoders, repository)
    assert new is not None
    assert new is not old
    assert of(encoders, repository) is new


def test_a_measurement_of_its_generator_does_not_change_what_it_names(
    folder: Path, encoders: EncoderRepository, repository: ModelRepository, make_generator: Make, make_encoder: Make
) -> None:
    generator = folder / "first.onnx"
    make_encoder(folder / "first.encoder.onnx", generator, digest=graph_sha256(generator.read_bytes()))
    encoders.refresh()
    used = of(encoders, repository)
    assert used
    before = repository.get("first").version
    make_generator(generator, card={"quality": Quality(samples=7)})
    repository.refresh()
    encoders.refresh()
    assert repository.get("first").version != before
    assert of(encoders, repository) is used


def test_it_is_available_only_while_its_generator_is_served(
    folder: Path, encoders: EncoderRepository, repository: ModelRepository, make_generator: Make, make_encoder: Make
) -> None:
    used = of(encoders, repository)
    assert used
    gone = weakref.ref(used.session)
    del used
    make_generator(folder / "first.onnx", card={"system": "trained again"})  # it names the whole file
    repository.refresh()
    encoders.refresh()
    gc.collect()
    assert gone() is None
    assert not encoders.has(repository.get("first"))
    path = make_encoder(folder / "first.encoder.onnx", folder / "first.onnx")
    encoders.refresh()
    assert of(encoders, repository)
    path.unlink()
    encoders.refresh()
    assert not encoders.has(repository.get("first"))
    assert of(encoders, repository) is None
