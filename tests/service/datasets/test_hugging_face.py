"""Hugging Face `datasets` loads shards of three formats, whole and as a stream, without a network."""

from __future__ import annotations

import io
import json
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


def test_an_image_folder(load: Load, lab: Any, tmp_path: Path) -> None:
    _unpack(lab, tmp_path, **QUERY)
    for row, sample in zip(_loaded(load, tmp_path), lab.samples(**QUERY | {"size": 30}), strict=True):
        np.testing.assert_array_equal(np.asarray(row["image"]), sample.picture)
        known = {name: value for name, value in row.items() if name != "image" and value is not None}
        assert known == {**sample.facts, "seed": "1"}


@pytest.mark.parametrize("words", ["2026-11-21,2026-11-22", "12,3", "1.5,2", "0", "-,-,-,-,-,-,-,1", "1 2"])
def test_a_label_is_text_and_a_seed_is_whole_whatever_they_look_like(
    load: Load, lab: Any, tmp_path: Path, words: str
) -> None:
    query = {"n": 12, "size": 10, "seed": 2**64 - 1, "words": words, "masks": True}
    _unpack(lab, tmp_path, **query)
    samples = lab.samples(**query | {"size": 12})
    for row, sample in zip(_loaded(load, tmp_path), samples, strict=True):
        assert row["label"] == sample.label
        assert row["seed"] == "18446744073709551615"
        assert len(row["glyphs"]) == len(sample.facts["glyphs"])
        np.testing.assert_array_equal(np.asarray(row["mask"]), sample.mask)
    path = tmp_path / "lines.tar"
    path.write_bytes(lab.shard(1, "tar", **query))
    for row, sample in zip(load("webdataset", data_files=str(path)), samples[10:], strict=True):
        assert (row["txt"], row["json"]["label"]) == (sample.label, sample.label)
        assert row["json"]["seed"] == "18446744073709551615"
        np.testing.assert_array_equal(np.asarray(row["mask.png"]), sample.mask)
    path = tmp_path / "lines.parquet"
    path.write_bytes(lab.shard(1, "parquet", **query))
    for row, sample in zip(load("parquet", data_files=str(path)), samples[10:], strict=True):
        assert (row["label"], json.loads(row["facts"])["seed"]) == (sample.label, "18446744073709551615")
        np.testing.assert_array_equal(np.asarray(row["mask"]), sample.mask)


def _unpack(lab: Any, folder: Path, **query: Any) -> None:
    """Two shards in one folder."""
    for number in (0, 1):
        with zipfile.ZipFile(io.BytesIO(lab.shard(number, "zip", **query))) as archive:
            archive.extractall(folder / "folder")


def _loaded(load: Load, folder: Path) -> list[Any]:
    return sorted(load("imagefolder", data_dir=str(folder / "folder")), key=lambda row: row["index"])
