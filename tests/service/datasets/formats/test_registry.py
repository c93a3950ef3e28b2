"""Every format, read by the tools that it is for."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
import webdataset
from PIL import Image

from service.datasets.formats.registry import MissingDependencyError
from trainer.data import idx

QUERY = {"n": 30, "size": 20, "seed": 1}


@pytest.fixture
def samples(lab: Any) -> list[Any]:
    plan = lab.plan(**QUERY)
    glyphs = asyncio.run(plan.sample_glyphs(plan.indices(1), lab.generate, asyncio.to_thread))
    return plan.samples(plan.indices(1), glyphs)


def _pixels(png: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(png)))


@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO")  # webdataset leaves the file to the collector
def test_webdataset_streams_it(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    (tmp_path / "shard-000001.tar").write_bytes(lab.shard(1, "tar", **QUERY))
    shards = webdataset.WebDataset(str(tmp_path / "shard-000001.tar"), shardshuffle=False, empty_check=False)
    read = list(shards.decode("l8"))
    assert len(read) == 10
    for got, sample in zip(read, samples, strict=True):
        assert got["__key__"] == sample.key
        np.testing.assert_array_equal(got["png"], sample.picture)
        assert (got["cls"], got["txt"], got["json"]) == (sample.class_index, sample.label, sample.facts)


def test_tar_is_what_tarfile_makes(lab: Any) -> None:
    content = lab.shard(0, "tar", **QUERY)
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive, tarfile.open(fileobj=out, mode="w") as again:
        for member in archive:
            assert (member.mtime, member.uid, member.mode, member.type) == (0, 0, 0o644, tarfile.REGTYPE)
            again.addfile(member, archive.extractfile(member))
    assert out.getvalue().rstrip(b"\0") == content.rstrip(b"\0")


def test_pyarrow_and_hugging_face_s_features_read_it(lab: Any, samples: list[Any]) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(lab.shard(1, "parquet", **QUERY)))
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert set(features) == set(table.column_names)
    assert features["image"] == {"_type": "Image"}
    for row, sample in zip(table.to_pylist(), samples, strict=True):
        np.testing.assert_array_equal(_pixels(row["image"]["bytes"]), sample.picture)
        assert row["image"]["path"] == f"{sample.key}.png"
        assert (row["label"], json.loads(row["facts"])) == (sample.label, sample.facts)


def test_an_image_folder_unpacks(lab: Any, samples: list[Any]) -> None:
    with zipfile.ZipFile(io.BytesIO(lab.shard(1, "zip", **QUERY))) as archive:
        assert archive.testzip() is None
        rows = pyarrow.parquet.read_table(io.BytesIO(archive.read("000001/metadata.parquet"))).to_pylist()
        assert [f"000001/{row['file_name']}" for row in rows] == archive.namelist()[1:]
        for row, sample in zip(rows, samples, strict=True):
            np.testing.assert_array_equal(_pixels(archive.read(f"000001/{row['file_name']}")), sample.picture)
            assert {name: row[name] for name in sample.facts} == {**sample.facts, "seed": "1"}


def test_paddle_s_rules_parse_it(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(lab.shard(1, "paddle.tar", **QUERY))) as archive:
        archive.extractall(tmp_path, filter="data")
    # As ppocr/data/simple_dataset.py reads a label file: lines in bytes, one tab, the path beside `data_dir`.
    lines = (tmp_path / "gt-000001.txt").read_bytes().splitlines(keepends=True)
    for line, sample in zip(lines, samples, strict=True):
        name, label = line.decode("utf-8").strip("\n").split("\t")
        assert label == sample.label
        np.testing.assert_array_equal(_pixels((tmp_path / name).read_bytes()), sample.picture)


def test_the_trainer_s_idx_reads_it(lab: Any, samples: list[Any]) -> None:
    images = idx.parse(idx.decompress(lab.shard(1, "images-idx3-ubyte.gz", **QUERY), "images"), "images", 3)
    labels = idx.parse(idx.decompress(lab.shard(1, "labels-idx1-ubyte.gz", **QUERY), "labels"), "labels", 1)
    np.testing.assert_array_equal(images, np.stack([sample.picture for sample in samples]))
    assert labels.tolist() == [sample.class_index for sample in samples]


def test_a_missing_package_is_named(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: Callable[[str], None] = lambda name: None  # noqa: E731 - a stand-in
    monkeypatch.setattr("service.datasets.formats.registry.find_spec", missing)
    with pytest.raises(MissingDependencyError, match=r"parquet needs pyarrow.*inkcode\[datasets\]"):
        lab.shard(0, "parquet", **QUERY)
