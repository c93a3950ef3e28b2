"""Hugging Face `datasets` loads shards of three formats, whole and as a stream, without a network."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

QUERY = {"n": 30, "size": 20, "seed": 1}

Load = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package, which reads its settings when it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        import datasets

        datasets.disable_progress_bars()
        yield datasets


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def load(request: pytest.FixtureRequest, hub: Any, tmp_path: Path) -> Load:
    """Loads all samples of files with the builder of this name."""

    def load(builder: str, **files: str) -> list[Any]:
        how = {"streaming": True} if request.param else {"cache_dir": str(tmp_path / "cache")}
        return list(hub.load_dataset(builder, split="train", **how, **files))

    return load


@pytest.fixture
def shard(lab: Any, tmp_path: Path) -> Callable[[str], str]:
    """Writes a shard of this ending; gives its path."""

    def shard(ending: str) -> str:
        path = tmp_path / f"shard-000001.{ending}"
        path.write_bytes(lab.shard(1, ending, **QUERY))
        return str(path)

    return shard


@pytest.fixture
def samples(lab: Any) -> list[Any]:
    return [sample for sample in lab.samples(**QUERY | {"size": 30}) if sample.facts["index"] >= 20]


def test_parquet(load: Load, shard: Callable[[str], str], samples: list[Any]) -> None:
    for row, sample in zip(load("parquet", data_files=shard("parquet")), samples, strict=True):
        np.testing.assert_array_equal(np.asarray(row["image"]), sample.picture)
        assert (row["label"], row["facts"]) == (sample.label, sample.facts_json)


def test_webdataset(load: Load, shard: Callable[[str], str], samples: list[Any]) -> None:
    for row, sample in zip(load("webdataset", data_files=shard("tar")), samples, strict=True):
        np.testing.assert_array_equal(np.asarray(row["png"]), sample.picture)
        assert (row["cls"], row["txt"], row["json"]) == (sample.class_index, sample.label, sample.facts)
        assert row["__key__"] == sample.key


def test_an_image_folder(load: Load, lab: Any, samples: list[Any], tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(lab.shard(1, "zip", **QUERY))) as archive:
        archive.extractall(tmp_path / "folder")
    for row, sample in zip(load("imagefolder", data_dir=str(tmp_path / "folder")), samples, strict=True):
        np.testing.assert_array_equal(np.asarray(row["image"]), sample.picture)
        known = {name: value for name, value in row.items() if name != "image" and value is not None}
        assert known == sample.facts
