import numpy as np
import pytest
import torch
from pydantic import ValidationError

from latent.card import LineFrame
from trainer.data import SOURCES, DataError, packed

SPLITS = {
    "train": (np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5), np.array([1, 0])),
    "test": (np.full((1, 3, 4, 5), 7, np.uint8), np.array([1])),
}


def write(root, name="mine", labels=("zero", "一"), splits=SPLITS):
    packed.write(root, name, labels, splits, {"maker": "test", "images": 3, "fonts": ("a", "b")})
    return root / name / packed.FILE


def test_a_packed_set_is_loaded_as_it_was_written(tmp_path):
    write(tmp_path)
    for split, (images, labels) in SPLITS.items():
        dataset = packed.load(tmp_path, "mine", split)
        assert (dataset.name, dataset.label_names) == ("mine", ("zero", "一"))
        assert torch.equal(dataset.images, torch.from_numpy(images))
        assert torch.equal(dataset.labels, torch.from_numpy(labels))
        assert (dataset.images.dtype, dataset.labels.dtype) == (torch.uint8, torch.int64)


def test_the_metadata_describe_the_set(tmp_path):
    write(tmp_path)
    metadata = packed.metadata(tmp_path, "mine")
    assert (metadata.channels, metadata.height, metadata.width) == (3, 4, 5)
    assert metadata.counts == {"train": 2, "test": 1}
    assert metadata.made == {"maker": "test", "images": 3, "fonts": ("a", "b")}


def test_a_set_may_say_more_of_each_image_and_be_split_in_three(tmp_path):
    splits = {**SPLITS, "validation": SPLITS["test"]}
    columns = {
        "writers": {"train": np.array([4, 5]), "test": np.array([6]), "validation": np.array([7])},
        "styles": {"train": np.array([0, 1]), "test": np.array([1]), "validation": np.array([0])},
    }
    frame = LineFrame(baseline=0.7, x_height=0.3)
    packed.write(tmp_path, "mine", ("zero", "one"), splits, {}, columns, frame)
    validation = packed.load(tmp_path, "mine", "validation")
    assert (validation.writers.tolist(), validation.frame) == ([7], frame)
    assert packed.column(tmp_path, "mine", "train", "styles").tolist() == [0, 1]
    with pytest.raises(DataError, match="data set 'mine' has no column 'ages'"):
        packed.column(tmp_path, "mine", "train", "ages")


def test_what_is_not_known_of_a_set_is_none(tmp_path):
    write(tmp_path)
    dataset = packed.load(tmp_path, "mine", "train")
    assert (dataset.writers, dataset.frame) == (None, None)
    with pytest.raises(DataError, match="data set 'mine' has no validation split; it has train, test"):
        packed.load(tmp_path, "mine", "validation")


def test_equal_sets_are_equal_files(tmp_path):
    assert write(tmp_path, "one").read_bytes() == write(tmp_path, "two").read_bytes()


def test_the_sets_under_a_root_are_listed(tmp_path):
    assert packed.names(tmp_path) == ()
    write(tmp_path, "two")
    write(tmp_path, "one")
    (tmp_path / "mnist").mkdir()
    assert packed.names(tmp_path) == ("one", "two")


@pytest.mark.parametrize(
    ("labels", "reason"), [(("a", "a"), "label_names must differ"), (("a", ""), "at least 1 char"), ((), "at least 1")]
)
def test_empty_and_repeated_label_names_are_refused(tmp_path, labels, reason):
    with pytest.raises(ValidationError, match=reason):
        write(tmp_path, labels=labels)
    assert not list(tmp_path.iterdir())


def test_a_failed_write_keeps_the_old_set(tmp_path, monkeypatch):
    before = write(tmp_path).read_bytes()

    def full(stream, **arrays):
        stream.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="disk full"):
        write(tmp_path)
    assert (tmp_path / "mine" / packed.FILE).read_bytes() == before
    assert len(list((tmp_path / "mine").iterdir())) == 1


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-30], lambda b: b[:200] + b"?" + b[201:], lambda b: b"", lambda b: b"not a set"]
)
def test_a_damaged_set_is_an_error_that_names_the_file(tmp_path, damage):
    path = write(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=rf"{path}: missing or damaged .*; make it anew with python -m trainer data$"):
        packed.load(tmp_path, "mine", "train")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "lower-case letters"),
        ("../x", "lower-case letters"),
        ("Photos", "lower-case letters"),
        ("-x", "begins with a letter or digit"),
        ("a" * 65, "up to 64"),
        ("mnist", "--as 'mnist': a data set has that name"),
    ],
)
def test_names_that_cannot_be_used_are_refused(name, reason):
    with pytest.raises(DataError, match=reason):
        packed.check_name(name, SOURCES)
    packed.check_name("my-photos_64.v2", SOURCES)
