"""Changes of the models folder while its models are served."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latent import LatentSpec
from latent.codes import draw
from service.engine.repository.models import ModelRepository
from service.settings import Settings

Make = Callable[..., Path]


@pytest.fixture
def folder(make_generator: Make, tmp_path: Path) -> Path:
    """A folder with one generator in it, `first`."""
    make_generator(tmp_path / "first.onnx")
    return tmp_path


@pytest.fixture
def outcomes() -> list[str]:
    return []


@pytest.fixture
def repository(folder: Path, outcomes: list[str]) -> Iterator[ModelRepository]:
    repository = ModelRepository(Settings(models=folder), on_reload=outcomes.append)
    yield repository
    repository.close()


def test_a_new_file_is_served_and_a_removed_one_is_not(
    repository: ModelRepository, folder: Path, make_generator: Make, outcomes: list[str]
) -> None:
    first = repository.get("first")
    make_generator(folder / "second.onnx")
    assert list(repository.models) == ["first"]
    repository.refresh()
    assert list(repository.models) == ["first", "second"]
    assert repository.get("first") is first
    (folder / "first.onnx").unlink()
    repository.refresh()
    assert list(repository.models) == ["second"]
    assert repository.default == "second"
    assert outcomes == ["loaded", "removed"]


def test_a_changed_file_replaces_the_model_and_running_requests_keep_the_old_one(
    repository: ModelRepository, folder: Path, make_generator: Make, mnist: LatentSpec
) -> None:
    old = repository.get("first")
    latents = draw(mnist, 1, range(300))

    async def scenario() -> None:
        drawing = asyncio.create_task(old.batcher.submit(latents))
        await asyncio.sleep(0)
        make_generator(folder / "first.onnx", height=3)
        await asyncio.to_thread(repository.refresh)
        new = repository.get("first")
        assert new is not old
        assert (await drawing).rows.shape == (300, 1, 2, 74)
        assert (await new.batcher.submit(latents)).rows.shape == (300, 1, 3, 74)

    asyncio.run(scenario())


def test_a_broken_change_is_refused_and_the_old_model_stays(
    repository: ModelRepository, folder: Path, make_generator: Make, outcomes: list[str]
) -> None:
    old = repository.get("first")
    (folder / "first.onnx").write_bytes(b"half a file")
    repository.refresh()
    assert repository.get("first") is old
    assert repository.not_ready_reason is None
    (refusal,) = repository.refused
    assert refusal.file == "first.onnx"
    assert refusal.reason.startswith("cannot be loaded: ")
    make_generator(folder / "first.onnx", card={"system": "whole again"})
    repository.refresh()
    assert repository.refused == ()
    assert repository.get("first").card.system == "whole again"
    assert outcomes == ["refused", "loaded"]


def test_a_name_that_becomes_free_goes_to_the_file_that_was_refused_for_it(
    repository: ModelRepository, folder: Path, make_generator: Make
) -> None:
    make_generator(folder / "other.onnx", card={"name": "first", "system": "waited"})
    repository.refresh()
    assert [refusal.file for refusal in repository.refused] == ["other.onnx"]
    (folder / "first.onnx").unlink()
    repository.refresh()
    assert repository.get("first").card.system == "waited"
    assert repository.refused == ()


def test_models_of_a_folder_that_disappears_are_still_served(repository: ModelRepository, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    repository.refresh()
    assert repository.get(None).card.name == "first"


def test_the_first_file_of_an_empty_folder_makes_it_ready(make_generator: Make, tmp_path: Path) -> None:
    repository = ModelRepository(Settings(models=tmp_path / "later"))
    assert repository.not_ready_reason is not None
    make_generator(tmp_path / "later" / "first.onnx")
    repository.refresh()
    assert repository.not_ready_reason is None
    assert repository.get(None).card.name == "first"


def test_a_replaced_model_is_freed(repository: ModelRepository, folder: Path, make_generator: Make) -> None:
    old = weakref.ref(repository.get("first").generator)
    make_generator(folder / "first.onnx", height=3)
    repository.refresh()
    gc.collect()
    assert old() is None


def test_a_provider_that_failed_makes_the_service_not_ready(repository: ModelRepository) -> None:
    repository.get("first").generator.failure = "CUDAExecutionProvider failed: no device"
    assert repository.not_ready_reason == "first: CUDAExecutionProvider failed: no device"


def test_draining_accepts_nothing_new(repository: ModelRepository) -> None:
    repository.drain()
    assert repository.not_ready_reason == "shutting down"
