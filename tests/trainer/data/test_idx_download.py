import gzip
import hashlib
import http.client
import struct
import zipfile

import numpy as np
import pytest
import torch

from trainer.data import DataError
from trainer.data.idx_download import IdxArchive, IdxFile

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx_bytes(values):
    return struct.pack(f">4B{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def archive(checksums, names, mirrors, **parts):
    files = [IdxFile(name, checksum) for name, checksum in zip(names, checksums, strict=True)]
    splits = {"train": (files[0], files[1]), "test": (files[2], files[3])}
    return IdxArchive("tiny", ("a", "b"), tuple(mirrors), splits, **parts)


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
    def make(*mirrors, **parts):
        return archive(
            [f"md5:{hashlib.md5(contents[name], usedforsecurity=False).hexdigest()}" for name in NAMES],
            NAMES,
            mirrors,
            **parts,
        )

    return make


def test_both_splits_are_read_from_a_folder(make_archive, folder, tmp_path):
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
def test_a_folder_may_contain_them_raw_or_gzipped_with_either_name(make_archive, contents, tmp_path, name, dot):
    source = tmp_path / "source"
    source.mkdir()
    for plain, content in contents.items():
        spelling = plain.replace("-idx", ".idx") if dot else plain
        packed = gzip.compress(content) if name.endswith(".gz") else content
        (source / name.format(spelling)).write_bytes(packed)
    make_archive().fetch(tmp_path, source)
    for plain, content in contents.items():
        assert (tmp_path / "tiny" / plain).read_bytes() == content


def test_the_first_mirror_with_the_published_file_is_used(make_archive, folder, contents, tmp_path):
    altered = tmp_path / "altered"
    altered.mkdir()
    for name, content in contents.items():
        (altered / f"{name}.gz").write_bytes(gzip.compress(content[:-1] + b"!"))
    missing = tmp_path / "missing"
    make_archive(missing.as_uri(), altered.as_uri(), folder.as_uri()).fetch(tmp_path)
    assert {path.name for path in (tmp_path / "tiny").iterdir()} == set(NAMES)


def test_what_is_stored_is_not_downloaded_again_unless_it_is_damaged(make_archive, folder, tmp_path):
    make_archive(folder.as_uri()).fetch(tmp_path)
    make_archive((tmp_path / "missing").as_uri()).fetch(tmp_path)
    next((tmp_path / "tiny").iterdir()).write_bytes(b"damaged")
    with pytest.raises(DataError, match="missing"):
        make_archive((tmp_path / "missing").as_uri()).fetch(tmp_path)
    make_archive(folder.as_uri()).fetch(tmp_path)
    make_archive().load(tmp_path, "train")


def test_if_every_mirror_fails_the_error_lists_their_problems(make_archive, folder, tmp_path):
    (folder / f"{NAMES[0]}.gz").write_bytes(b"\x1f\x8b half")
    with pytest.raises(DataError) as caught:
        make_archive((tmp_path / "missing").as_uri(), folder.as_uri()).fetch(tmp_path)
    first, *reasons = str(caught.value).splitlines()
    assert f"no mirror has {NAMES[0]}" in first
    assert "--from FOLDER" in first
    assert "missing" in reasons[0]
    assert "damaged" in reasons[1]


def test_a_broken_connection_is_such_a_problem(make_archive, tmp_path, monkeypatch):
    def broken(url, timeout):
        raise http.client.IncompleteRead(b"half", expected=9)

    monkeypatch.setattr("urllib.request.urlopen", broken)
    with pytest.raises(DataError, match=r"https://mirror\.test/.*: IncompleteRead"):
        make_archive("https://mirror.test").fetch(tmp_path)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:20] + b"?" + b[21:]])
def test_a_truncated_or_altered_file_is_not_stored(make_archive, folder, contents, tmp_path, damage):
    broken = folder / f"{NAMES[2]}.gz"
    broken.write_bytes(gzip.compress(damage(contents[NAMES[2]])))
    with pytest.raises(DataError, match=rf"{broken}: truncated or altered: expected md5 [0-9a-f]{{32}}, got"):
        make_archive().fetch(tmp_path, folder)
    assert not (tmp_path / "tiny" / NAMES[2]).exists()


def test_a_missing_file_is_an_error_that_lists_the_accepted_names(make_archive, folder, tmp_path):
    (folder / f"{NAMES[1]}.gz").unlink()
    with pytest.raises(DataError, match=rf"published: none of {NAMES[1]}, .*, train-labels\.idx1-ubyte, .* is there"):
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


def test_transposed_images_and_labels_from_one_are_converted(make_archive, folder, contents, tmp_path):
    plain, other = make_archive(), make_archive(transposed=True, first_label=1)
    plain.fetch(tmp_path, folder)
    as_stored, upright = plain.load(tmp_path, "train"), other.load(tmp_path, "train")
    np.testing.assert_array_equal(upright.images, as_stored.images.transpose(2, 3))
    assert upright.images.is_contiguous()
    assert upright.labels.tolist() == [-1, 0, 1, 2, 3, 4]


@pytest.fixture
def make_gzipped_archive(folder):
    """The same files, published with the sha256 of what is gzipped."""

    def make(*mirrors, **parts):
        names = [f"{name}.gz" for name in NAMES]
        checksums = [f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}" for name in names]
        return archive(checksums, names, mirrors, **parts)

    return make


def test_a_file_with_the_checksum_of_its_gzip_is_stored_gzipped(make_gzipped_archive, folder, tmp_path):
    made = make_gzipped_archive(folder.as_uri())
    for source in (None, folder):
        made.fetch(tmp_path, source)
        assert {path.name for path in (tmp_path / "tiny").iterdir()} == {f"{name}.gz" for name in NAMES}
        assert made.load(tmp_path, "train").labels.tolist() == [0, 1, 2, 3, 4, 5]


def test_another_compression_of_the_same_bytes_is_refused(make_gzipped_archive, folder, contents, tmp_path):
    made = make_gzipped_archive()
    (folder / f"{NAMES[0]}.gz").write_bytes(gzip.compress(contents[NAMES[0]], compresslevel=1))
    with pytest.raises(DataError, match="truncated or altered: expected sha256"):
        made.fetch(tmp_path, folder)


@pytest.fixture
def bundle(folder, tmp_path):
    """A folder with nothing but a zip file of the files, in a folder of its own."""
    path = tmp_path / "bundled"
    path.mkdir()
    with zipfile.ZipFile(path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            archive.write(folder / f"{name}.gz", f"gzip/{name}.gz")
        archive.writestr("gzip/mapping.txt", "0 48")
    return path


def test_a_bundle_is_read_from_a_folder_or_a_mirror(make_gzipped_archive, bundle, tmp_path):
    made = make_gzipped_archive((tmp_path / "missing").as_uri(), bundle.as_uri(), bundle="all.zip")
    for root, source in (("one", bundle), ("two", None)):
        made.fetch(tmp_path / root, source)
        assert len(made.load(tmp_path / root, "test")) == 3


def test_the_files_of_a_bundle_may_be_unpacked(make_gzipped_archive, folder, tmp_path):
    made = make_gzipped_archive(bundle="all.zip")
    made.fetch(tmp_path, folder)
    assert len(made.load(tmp_path, "train")) == 6
    (folder / f"{NAMES[3]}.gz").unlink()
    with pytest.raises(DataError, match=rf"published: none of {NAMES[3]}\.gz, .*, all\.zip is there"):
        made.fetch(tmp_path, folder)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda b: b[:-30], "the zip file is damaged"),
        (lambda b: b[:61] + b"\xff" * 9 + b[70:], "the zip file is damaged .Error -3"),
        (lambda b: b.replace(b"train-labels", b"other-labels"), f"does not contain {NAMES[1]}.gz"),
    ],
)
def test_a_damaged_bundle_stores_nothing(make_gzipped_archive, bundle, tmp_path, damage, reason):
    made = make_gzipped_archive(bundle.as_uri(), bundle="all.zip")
    (bundle / "all.zip").write_bytes(damage((bundle / "all.zip").read_bytes()))
    with pytest.raises(DataError, match=rf"no mirror has all\.zip(.|\n)*({reason})"):
        made.fetch(tmp_path)
    assert not (tmp_path / "tiny").exists()
