"""The formats of OCR trainers, parsed as those do; two shards unpacked into one folder keep all samples."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
import pytest
from PIL import Image

from latent import CodeError

QUERY = {"n": 30, "size": 20, "seed": 1, "words": '"1,234",2026-11-21,7 8'}


@pytest.fixture
def samples(lab: Any) -> list[Any]:
    plan = lab.plan(**QUERY | {"size": 30})
    return plan.samples(range(30), asyncio.run(plan.sample_glyphs(range(30), lab.generate, asyncio.to_thread)))


def _unpack(lab: Any, ending: str, folder: Path) -> Path:
    for number in (0, 1):
        content = io.BytesIO(lab.shard(number, ending, **QUERY))
        if ending.endswith("tar"):
            with tarfile.open(fileobj=content) as archive:
                archive.extractall(folder, filter="data")
        else:
            with zipfile.ZipFile(content) as archive:
                archive.extractall(folder)  # noqa: S202 - ours
    return folder


def _pixels(path: Path) -> Any:
    return np.asarray(Image.open(path))


def test_easyocr(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    # As trainer/dataset.py: every folder without subfolders is a data set; `read_csv(sep="^([^,]+),")`.
    read = {}
    for folder in sorted(_unpack(lab, "easyocr.tar", tmp_path).iterdir()):
        header, *lines = (folder / "labels.csv").read_text("utf-8").splitlines()
        assert header == "filename,words"
        for line in lines:
            _, name, text = re.split("^([^,]+),", line)
            read[folder / name] = text
    for (path, text), sample in zip(read.items(), samples, strict=True):
        assert text == sample.label
        np.testing.assert_array_equal(_pixels(path), sample.picture)


def test_doctr(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    # As references/recognition/train.py: each folder has `images` and `labels.json`, which RecognitionDataset reads.
    read = {}
    for part in sorted(_unpack(lab, "doctr.tar", tmp_path).iterdir()):
        with (part / "labels.json").open(encoding="utf-8") as file:
            read.update({part / "images" / name: text for name, text in json.load(file).items()})
    for (path, text), sample in zip(read.items(), samples, strict=True):
        assert text == sample.label
        np.testing.assert_array_equal(_pixels(path), sample.picture)


def test_tesstrain(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    _unpack(lab, "tesstrain.tar", tmp_path)
    for sample in samples:
        assert (tmp_path / f"{sample.key}.gt.txt").read_text("utf-8") == f"{sample.label}\n"
        picture = _pixels(tmp_path / f"{sample.key}.png")
        np.testing.assert_array_equal(picture, sample.picture)
        # As ParseBoxFileStr of Tesseract: a symbol of at least one byte, then five numbers, y from below.
        lines = (tmp_path / f"{sample.key}.box").read_text("utf-8").split("\n")[:-1]
        found = [re.fullmatch(r"(.[^ \t]*) (\d+) (\d+) (\d+) (\d+) 0", line, re.DOTALL) for line in lines]
        assert "".join(match[1] for match in found if match) == f"{sample.label}\t"
        for match, (x, y, width, height) in zip(found, sample.boxes, strict=False):
            left, bottom, right, top = map(int, match.groups()[1:])
            assert (left, picture.shape[0] - top, right - left, top - bottom) == (x, y, width, height)


def test_tesstrain_boxes_of_single_glyphs(lab: Any) -> None:
    with tarfile.open(fileobj=io.BytesIO(lab.shard(0, "tesstrain.tar", n=1))) as archive:
        label = archive.extractfile("000000000.gt.txt").read().decode().strip()
        assert archive.extractfile("000000000.box").read().decode() == f"{label} 0 0 74 2 0\n\t 74 0 75 2 0\n"


def test_paddle(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    _unpack(lab, "paddle.tar", tmp_path)
    lines = [line for name in ("gt-000000.txt", "gt-000001.txt") for line in (tmp_path / name).read_text().splitlines()]
    for line, sample in zip(lines, samples, strict=True):
        name, label = line.split("\t")
        assert label == sample.label
        np.testing.assert_array_equal(_pixels(tmp_path / name), sample.picture)


def test_lmdb_as_one_file(lab: Any, samples: list[Any], tmp_path: Path) -> None:
    content = lab.shard(1, "mdb", **QUERY)
    assert content == lab.shard(1, "mdb", **QUERY)
    (tmp_path / "data.mdb").write_bytes(content)
    with lmdb.open(str(tmp_path), readonly=True, lock=False) as environment, environment.begin() as transaction:
        assert int(transaction.get(b"num-samples")) == 10
        for number, sample in enumerate(samples[20:], start=1):
            assert transaction.get(b"image-%09d" % number) == sample.png
            assert transaction.get(b"label-%09d" % number).decode() == sample.label


def test_masks_say_which_character_a_pixel_is_of(lab: Any, tmp_path: Path) -> None:
    query = QUERY | {"masks": True, "height": 48}
    (sample, *_) = lab.samples(**query)
    assert sample.mask.shape == sample.picture.shape
    for number, (character, (x, y, width, height)) in enumerate(zip(sample.label, sample.boxes, strict=True), start=1):
        rows, columns = np.nonzero(sample.mask == number)
        assert (len(rows) > 0) == (character != " ")
        assert all(y <= row < y + height for row in rows)
        assert all(x <= column < x + width for column in columns)
    assert (sample.picture[sample.mask > 0] >= 48).all()
    with tarfile.open(fileobj=io.BytesIO(lab.shard(0, "tar", **query))) as archive:
        mask = Image.open(io.BytesIO(archive.extractfile(f"{sample.key}.mask.png").read()))
        np.testing.assert_array_equal(np.asarray(mask), sample.mask)
    with pytest.raises(CodeError, match="has no place for masks; those that have are tar, parquet, zip"):
        lab.shard(0, "paddle.tar", **query)
    with pytest.raises(CodeError, match="of sets of lines"):
        lab.plan(masks=True)


def test_labels_with_commas_and_colons_can_be_asked_for(make_lab: Any) -> None:
    from latent import Categorical, LatentSpec

    labels = ("a,b", "c:d", 'e"', "uniform")
    lab = make_lab(spec=LatentSpec(variables=(Categorical(name="c1", size=4, labels=labels),)))
    assert {sample.label for sample in lab.samples(n=40)} == set(labels)
    for label in labels:
        out = io.StringIO()
        csv.writer(out).writerow([label])
        assert {sample.label for sample in lab.samples(n=9, labels=out.getvalue().strip())} == {label}
        out = io.StringIO()
        csv.writer(out).writerow([f"{label}:2"])
        assert {sample.label for sample in lab.samples(n=9, balance=out.getvalue().strip())} == {label}
