import re

import numpy as np
import pytest

from trainer import data
from trainer.data import packed
from trainer.data.idx_download import IdxArchive

ARCHIVES = [source for source in data.SOURCES.values() if isinstance(source, IdxArchive)]


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(tmp_path):
    for use in (lambda: data.load("mnits", tmp_path, "train"), lambda: data.fetch("mnits", tmp_path)):
        with pytest.raises(data.DataError, match=r"no data set 'mnits'; known: .*mnist, strokes; make one with"):
            use()


def test_a_name_selects_its_source(tmp_path):
    data.fetch("strokes", tmp_path)
    assert data.load("strokes", tmp_path, "test").name == "strokes"
    with pytest.raises(data.DataError, match="python -m trainer data mnist"):
        data.load("mnist", tmp_path, "test")


def test_a_packed_set_is_loaded_by_its_name_unless_a_source_has_that_name(tmp_path):
    pair = (np.zeros((1, 1, 2, 2), np.uint8), np.zeros(1, np.int64))
    for name in ("mine", "strokes"):
        packed.write(tmp_path, name, ("a",), {"train": pair, "test": pair}, {})
    assert data.load("mine", tmp_path, "train").label_names == ("a",)
    assert len(data.load("strokes", tmp_path, "test")) == 1000
    with pytest.raises(data.DataError, match=r"known: .*strokes, mine;"):
        data.load("../mine", tmp_path, "train")


def test_published_sets_are_split_in_two(tmp_path):
    with pytest.raises(data.DataError, match="data set 'strokes' has no validation split; it has train, test"):
        data.load("strokes", tmp_path, "validation")


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_a_published_set_has_four_different_files_and_https_mirrors(archive):
    files = [file for pair in archive.files.values() for file in pair]
    assert len({file.name for file in files}) == len({file.checksum for file in files}) == 4
    assert all(re.fullmatch(r"md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}", file.checksum) for file in files)
    assert all(mirror.startswith("https://") and not mirror.endswith("/") for mirror in archive.mirrors)


def test_the_published_sets_share_no_file():
    checksums = [file.checksum for archive in ARCHIVES for pair in archive.files.values() for file in pair]
    assert len(set(checksums)) == len(checksums)


@pytest.mark.parametrize(
    ("name", "labels", "index"),
    [
        ("mnist", 10, {9: "9"}),
        ("fashion-mnist", 10, {0: "T-shirt/top", 9: "Ankle boot"}),
        ("emnist-digits", 10, {9: "9"}),
        ("emnist-letters", 26, {0: "A", 25: "Z"}),
        # The published mapping: 36 is character 97, 38 is 100, 43 is 110, 46 is 116.
        ("emnist-balanced", 47, {9: "9", 10: "A", 35: "Z", 36: "a", 38: "d", 43: "n", 46: "t"}),
    ],
)
def test_labels_are_named_as_published(name, labels, index):
    names = data.SOURCES[name].label_names
    assert len(set(names)) == len(names) == labels
    assert {place: names[place] for place in index} == index
