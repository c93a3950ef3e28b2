import gzip
import hashlib
import http.client
import struct

import numpy as np
import pytest
import torch

from trainer.data import DataError
from trainer.data.archive import IdxArchive, IdxFile

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx_bytes(values):
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


@pytest.fixture(scope="module")
def contents():
    rng = np.random.default_rng(0)
    arrays = (rng.integers(0, 256, (6, 4, 5)), np.arange(6), rng.integers(0, 256, (3, 4, 5)), np.arange(3))
    return {name: idx_bytes(array.astype(np.uint8)) for name, array in zip(NAMES, arrays, strict=True)}


@pytest.fixture
def folder(tmp_path, contents):
    """The files, gzipped, in a folder of their own."""
    path = tmp_path / "published"
    path.mkdir()
    for name, content in contents.items():
        (path / f"{name}.gz").write_bytes(gzip.compress(content))
    return path


@pytest.fixture
def make_archive(contents):
    def make(*mirrors):
        files = [IdxFile(name, hashlib.md5(contents[name], usedforsecurity=False).hexdigest()) for name in NAMES]
        splits = {"train": (files[0], files[1]), "test": (files[2], files[3])}
        return IdxArchive("tiny", ("a", "b"), tuple(mirrors), splits)

    return make


def test_both_splits_come_from_a_folder(make_archive, folder, tmp_path):
    archive = make_archive()
    archive.fetch(tmp_path, folder)
    train, test = archive.load(tmp_path, "train"), archive.load(tmp_path, "test")
    assert (train.images.shape, train.images.dtype) == ((6, 1, 4, 5), torch.uint8)
    assert (train.labels.tolist(), train.labels.dtype) == ([0, 1, 2, 3, 4, 5], torch.int64)
    assert (train.name, train.label_names, len(test)) == ("tiny", ("a", "b"), 3)
    expected = np.random.default_rng(0).integers(0, 256, (6, 1, 4, 5))
    np.testing.assert_array_equal(train.images, expected)


@pytest.mark.parametrize("name", ["{}", "{}.gz"])
@pytest.mark.parametrize("dot", [False, True])
def test_a_folder_may_hold_them_raw_or_gzipped_in_either_spelling(make_archive, contents, tmp_path, name, dot):
    source = tmp_path / "source"
    source.mkdir()
    for plain, content in contents.items():
        spelling = plain.replace("-idx", ".idx") if dot else plain
        packed = gzip.compress(content) if name.endswith(".gz") else content
        (source / name.format(spelling)).write_bytes(packed)
    make_archive().fetch(tmp_path, source)
    for plain, content in contents.items():
        assert (tmp_path / "tiny" / plain).read_bytes() == content


def test_the_first_mirror_that_has_the_published_file_serves(make_archive, folder, contents, tmp_path):
    altered = tmp_path / "altered"
    altered.mkdir()
    for name, content in contents.items():
        (altered / f"{name}.gz").write_bytes(gzip.compress(content[:-1] + b"!"))
    missing = tmp_path / "missing"
    make_archive(missing.as_uri(), altered.as_uri(), folder.as_uri()).fetch(tmp_path)
    assert {path.name for path in (tmp_path / "tiny").iterdir()} == set(NAMES)


def test_when_no_mirror_serves_each_one_s_reason_is_told(make_archive, folder, tmp_path):
    (folder / f"{NAMES[0]}.gz").write_bytes(b"\x1f\x8b half")
    with pytest.raises(DataError) as caught:
        make_archive((tmp_path / "missing").as_uri(), folder.as_uri()).fetch(tmp_path)
    first, *reasons = str(caught.value).splitlines()
    assert f"no mirror has {NAMES[0]}" in first
    assert "--from FOLDER" in first
    assert "missing" in reasons[0]
    assert "damaged" in reasons[1]


def test_a_connection_that_breaks_off_is_one_such_reason(make_archive, tmp_path, monkeypatch):
    def broken(url, timeout):
        raise http.client.IncompleteRead(b"half", expected=9)

    monkeypatch.setattr("urllib.request.urlopen", broken)
    with pytest.raises(DataError, match=r"https://mirror\.test/.*: IncompleteRead"):
        make_archive("https://mirror.test").fetch(tmp_path)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:20] + b"?" + b[21:]])
def test_a_truncated_or_altered_file_is_refused_by_name_and_never_stored(
    make_archive, folder, contents, tmp_path, damage
):
    broken = folder / f"{NAMES[2]}.gz"
    broken.write_bytes(gzip.compress(damage(contents[NAMES[2]])))
    with pytest.raises(DataError, match=rf"{broken}: truncated or altered: expected md5 [0-9a-f]{{32}}, got"):
        make_archive().fetch(tmp_path, folder)
    assert not (tmp_path / "tiny" / NAMES[2]).exists()


def test_a_folder_without_the_file_is_told_what_was_looked_for(make_archive, folder, tmp_path):
    (folder / f"{NAMES[1]}.gz").unlink()
    with pytest.raises(DataError, match=rf"published: no {NAMES[1]} \(nor train-labels\.idx1-ubyte\), raw or \.gz"):
        make_archive().fetch(tmp_path, folder)


def test_missing_files_name_the_command_that_brings_them(make_archive, tmp_path):
    with pytest.raises(DataError, match=r"is missing; run: python -m trainer data tiny$"):
        make_archive().load(tmp_path, "train")


def test_a_stored_file_altered_later_is_refused(make_archive, folder, tmp_path):
    archive = make_archive()
    archive.fetch(tmp_path, folder)
    (tmp_path / "tiny" / NAMES[0]).write_bytes(b"")
    with pytest.raises(DataError, match="truncated or altered"):
        archive.load(tmp_path, "train")
