import numpy as np
import pytest

from tests.trainer.data.unipen.conftest import SHAPES, write, writer
from trainer import data
from trainer.data import DataError, packed
from trainer.data.unipen import characters
from trainer.data.unipen.frame import FRAME

LINE = "non lox pox olo nnn plo xox lon pop ox"


@pytest.fixture
def few(monkeypatch):
    """So few samples of a label are enough that a small release makes a set."""
    monkeypatch.setattr(characters, "MIN_SAMPLES", 20)


@pytest.fixture
def release(tmp_path):
    files = {}
    for number in range(16):
        files |= writer(f"w{number}", LINE + (" '" if number < 5 else ""), size=40.0 + number)
    return write(tmp_path / "release", files)


def load(root, name="unipen"):
    return {split: data.load(name, root, split) for split in ("train", "validation", "test")}


def test_a_release_becomes_a_set_split_by_writer(release, tmp_path, few):
    said = []
    assert characters.pack(release, tmp_path, 32, say=said.append) == "unipen-32"
    sets = load(tmp_path, "unipen-32")
    assert {split: len(set(own.writers.tolist())) for split, own in sets.items()} == {
        "train": 12,
        "validation": 2,
        "test": 2,
    }
    writers = np.concatenate([np.unique(own.writers) for own in sets.values()])
    assert sorted(writers) == list(range(16))
    assert set(np.unique(sets["train"].writers)) == set(range(12))
    assert sets["train"].label_names == tuple("lnopx")
    assert sets["train"].images.shape == (len(sets["train"]), 1, 32, 32)
    assert said == ["left out 5: fewer than 20 of the label"]


def test_images_stand_in_the_frame(release, tmp_path, few):
    characters.pack(release, tmp_path)
    train = load(tmp_path)["train"]
    assert train.frame == FRAME
    for label, name in enumerate(train.label_names):
        rows = (train.images[train.labels == label].amax((0, 1, 3)) > 127).nonzero().squeeze(1)
        ys = [y for stroke in SHAPES[name] for _, y in stroke]
        top, bottom = ((FRAME.baseline - y * FRAME.x_height) * 64 for y in (max(ys), min(ys)))
        assert (int(rows.min()), int(rows.max()) + 1) == pytest.approx((top, bottom), abs=4)


def test_what_is_kept_beside_the_images(release, tmp_path, few):
    characters.pack(release, tmp_path, seed=3)
    assert packed.column(tmp_path, "unipen", "test", "on_line").tolist() == [1] * len(load(tmp_path)["test"])
    metadata = packed.metadata(tmp_path, "unipen")
    assert metadata.made == {
        "maker": "unipen",
        "seed": 3,
        "writers": 16,
        "left_out": ("left out 5: fewer than 20 of the label",),
    }
    assert "CC BY 4.0" in data.load("unipen", tmp_path, "train").notice
    assert "w0" not in metadata.model_dump_json()  # writers are not named


def test_the_same_seed_makes_the_same_bytes(release, tmp_path, few):
    for folder, seed in (("a", 0), ("b", 0), ("c", 1)):
        characters.pack(release, tmp_path / folder, 32, seed)
    a, b, c = ((tmp_path / folder / "unipen-32" / packed.FILE).read_bytes() for folder in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (writer("a", "lon", category="7"), "no characters in the release"),
        (writer("a", LINE), "no character has 100 good samples"),
    ],
)
def test_a_release_of_too_little_is_refused(tmp_path, files, reason):
    with pytest.raises(DataError, match=reason):
        characters.pack(write(tmp_path / "release", files), tmp_path)
    assert not (tmp_path / "unipen").exists()
