"""A registry whose folder changes while it serves."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from latent import LatentSpec
from latent.codes import draw
from service.engine.repository.models import Registry
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
def registry(folder: Path, outcomes: list[str]) -> Iterator[Registry]:
    registry = Registry(Settings(models=folder), reloaded=outcomes.append)
    yield registry
    registry.close()


def test_a_new_file_is_served_and_a_removed_one_is_not(
    registry: Registry, folder: Path, make_generator: Make, outcomes: list[str]
) -> None:
    first = registry.get("first")
    make_generator(folder / "second.onnx")
    assert list(registry.models) == ["first"]
    registry.refresh()
    assert list(registry.models) == ["first", "second"]
    assert registry.get("first") is first
    (folder / "first.onnx").unlink()
    registry.refresh()
    assert list(registry.models) == ["second"]
    assert registry.default == "second"
    assert outcomes == ["loaded", "removed"]


def test_a_changed_file_takes_the_others_place_and_requests_end_where_they_began(
    registry: Registry, folder: Path, make_generator: Make, mnist: LatentSpec
) -> None:
    old = registry.get("first")
    latents = draw(mnist, 1, range(300))

    async def scenario() -> None:
        drawing = asyncio.create_task(old.batcher.submit(latents))
        await asyncio.sleep(0)
        make_generator(folder / "first.onnx", height=3)
        await asyncio.to_thread(registry.refresh)
        new = registry.get("first")
        assert new is not old
        assert (await drawing).rows.shape == (300, 1, 2, 74)
        assert (await new.batcher.submit(latents)).rows.shape == (300, 1, 3, 74)

    asyncio.run(scenario())


def test_a_broken_change_is_refused_and_the_old_stays(
    registry: Registry, folder: Path, make_generator: Make, outcomes: list[str]
) -> None:
    old = registry.get("first")
    (folder / "first.onnx").write_bytes(b"half a file")
    registry.refresh()
    assert registry.get("first") is old
    assert registry.reason is None
    (refusal,) = registry.refused
    assert refusal.file == "first.onnx"
    assert refusal.reason.startswith("cannot be loaded: ")
    make_generator(folder / "first.onnx", card={"system": "whole again"})
    registry.refresh()
    assert registry.refused == ()
    assert registry.get("first").card.system == "whole again"
    assert outcomes == ["refused", "loaded"]


def test_a_name_that_becomes_free_goes_to_the_file_that_waited_for_it(
    registry: Registry, folder: Path, make_generator: Make
) -> None:
    make_generator(folder / "other.onnx", card={"name": "first", "system": "waited"})
    registry.refresh()
    assert [refusal.file for refusal in registry.refused] == ["other.onnx"]
    (folder / "first.onnx").unlink()
    registry.refresh()
    assert registry.get("first").card.system == "waited"
    assert registry.refused == ()


def test_a_folder_that_goes_away_takes_nothing_with_it(registry: Registry, folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    registry.refresh()
    assert registry.get(None).card.name == "first"


def test_the_first_file_of_an_empty_folder_makes_it_ready(make_generator: Make, tmp_path: Path) -> None:
    registry = Registry(Settings(models=tmp_path / "later"))
    assert registry.reason is not None
    make_generator(tmp_path / "later" / "first.onnx")
    registry.refresh()
    assert registry.reason is None
    assert registry.get(None).card.name == "first"


def test_what_was_replaced_is_let_go(registry: Registry, folder: Path, make_generator: Make) -> None:
    old = weakref.ref(registry.get("first").generator)
    make_generator(folder / "first.onnx", height=3)
    registry.refresh()
    gc.collect()
    assert old() is None


def test_a_fault_at_work_is_not_ready(registry: Registry) -> None:
    registry.get("first").generator.fault = "CUDAExecutionProvider failed: no device"
    assert registry.reason == "first: CUDAExecutionProvider failed: no device"


def test_draining_takes_nothing_new(registry: Registry) -> None:
    registry.drain()
    assert registry.reason == "shutting down"
