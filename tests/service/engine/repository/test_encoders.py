"""A folder's encoders: whose they are, when they are loaded, and what becomes of them as files change."""

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
from latent.codes import draw
from service.engine.repository.encoders import Encoders, Reading
from service.engine.repository.models import Registry
from service.settings import Settings

Make = Callable[..., Path]


@pytest.fixture
def folder(make_generator: Make, make_encoder: Make, tmp_path: Path) -> Path:
    """Two generators, `first` with an encoder and `second` without."""
    make_encoder(tmp_path / "first.encoder.onnx", make_generator(tmp_path / "first.onnx"))
    make_generator(tmp_path / "second.onnx")
    return tmp_path


@pytest.fixture
def registry(folder: Path) -> Iterator[Registry]:
    registry = Registry(Settings(models=folder))
    yield registry
    registry.close()


@pytest.fixture
def encoders(folder: Path, registry: Registry) -> Encoders:
    return Encoders(Settings(models=folder), registry)


def of(encoders: Encoders, registry: Registry, name: str = "first") -> Reading | None:
    return asyncio.run(encoders.of(registry.get(name)))


def spoil(path: Path) -> None:
    """Make a file's graph one that no session takes; what the file says of itself stays."""
    model = onnx.load_model(path)
    model.graph.node[0].op_type = "Unknown"
    onnx.save_model(model, path)


def test_a_model_has_the_encoder_that_names_it_and_it_is_no_generator(encoders: Encoders, registry: Registry) -> None:
    assert list(registry.models) == ["first", "second"]
    assert registry.refused == ()
    assert encoders.known(registry.get("first"))
    assert not encoders.known(registry.get("second"))
    assert of(encoders, registry, "second") is None


def test_it_is_loaded_once_and_when_it_is_asked_for(
    encoders: Encoders, registry: Registry, mnist: LatentSpec, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        model = registry.get("first")
        both = await asyncio.gather(encoders.of(model), encoders.of(model))
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
def test_what_is_plainly_none_is_told_at_the_start_and_once(
    folder: Path, change: Callable[[Path], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    change(folder / "first.encoder.onnx")
    registry = Registry(Settings(models=folder))
    with caplog.at_level(logging.ERROR):
        encoders = Encoders(Settings(models=folder), registry)
        encoders.refresh()
    (record,) = [record.getMessage() for record in caplog.records if "encoder" in record.getMessage()]
    assert record.startswith("refused first.encoder.onnx: ")
    assert reason in record
    assert not any(encoders.known(model) for model in registry.models.values())
    registry.close()


def test_one_that_shows_broken_when_it_is_needed_is_there_no_more(
    folder: Path, encoders: Encoders, registry: Registry, make_encoder: Make, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "first.encoder.onnx"
    spoil(path)
    encoders.refresh()
    assert encoders.known(registry.get("first"))
    assert of(encoders, registry) is of(encoders, registry) is None
    assert caplog.text.count("refused first.encoder.onnx: cannot be loaded") == 1
    assert not encoders.known(registry.get("first"))
    make_encoder(path, folder / "first.onnx")
    encoders.refresh()
    assert of(encoders, registry)


def test_one_in_use_stays_until_what_replaces_it_is_whole(
    folder: Path, encoders: Encoders, registry: Registry, make_encoder: Make
) -> None:
    path, old = folder / "first.encoder.onnx", of(encoders, registry)
    spoil(path)
    encoders.refresh()
    assert of(encoders, registry) is old
    make_encoder(path, folder / "first.onnx")
    encoders.refresh()
    new = of(encoders, registry)
    assert new is not None
    assert new is not old
    assert of(encoders, registry) is new


def test_it_follows_its_generator_and_goes_with_it(
    folder: Path, encoders: Encoders, registry: Registry, make_generator: Make, make_encoder: Make
) -> None:
    used = of(encoders, registry)
    assert used
    gone = weakref.ref(used.encoder)
    del used
    make_generator(folder / "first.onnx", card={"system": "trained again"})
    registry.refresh()
    encoders.refresh()
    gc.collect()
    assert gone() is None
    assert not encoders.known(registry.get("first"))
    path = make_encoder(folder / "first.encoder.onnx", folder / "first.onnx")
    encoders.refresh()
    assert of(encoders, registry)
    path.unlink()
    encoders.refresh()
    assert not encoders.known(registry.get("first"))
    assert of(encoders, registry) is None
