import pytest

from tests.trainer.data.unipen.conftest import write, writer
from trainer import data
from trainer.data import DataError, packed
from trainer.data.unipen import characters, words, writers

LINE = "non lox pox olo nnn plo xox lon"
NAMES = [f"w{number}" for number in range(8)]


@pytest.fixture
def release(tmp_path):
    """Eight writers of characters, two of whom wrote words, and a third person's words."""
    split_of = writers.splits({f"ab/{name}" for name in NAMES}, 0)
    trained, tested = (next(n for n in NAMES if split_of[f"ab/{n}"] == split) for split in ("train", "test"))
    files = {}
    for name in NAMES:
        files |= writer(name, LINE)
    files |= writer(trained, "lox non", category="7", style="CURSIVE")
    files |= writer(tested, "pox xox", category="7", style="MIXED")
    files |= writer("other", "lox plo olo", category="7", style="what?")
    return write(tmp_path / "release", files)


def test_words_of_writers_not_trained_on_are_the_test_set(release, tmp_path):
    assert words.pack(release, tmp_path, 32) == "unipen-words-32"
    test, train = (data.load("unipen-words-32", tmp_path, split) for split in ("test", "train"))
    assert test.label_names == ("lox", "non", "olo", "plo", "pox", "xox")
    assert sorted(test.label_names[label] for label in test.labels) == ["lox", "olo", "plo", "pox", "xox"]
    assert sorted(train.label_names[label] for label in train.labels) == ["lox", "non"]
    assert test.images.shape == (5, 1, 32, 32 * words.WIDTH)
    assert set(test.writers.tolist()).isdisjoint(train.writers.tolist())
    with pytest.raises(DataError, match="has no validation split; it has train, test"):
        data.load("unipen-words-32", tmp_path, "validation")


def test_a_words_style_is_kept_beside_it(release, tmp_path):
    words.pack(release, tmp_path, 32)
    test = data.load("unipen-words-32", tmp_path, "test")
    styles = packed.column(tmp_path, "unipen-words-32", "test", "styles")
    found = {test.label_names[label]: words.STYLES[style] for label, style in zip(test.labels, styles, strict=True)}
    assert found == {"lox": "?", "plo": "?", "olo": "?", "pox": "MIXED", "xox": "MIXED"}
    assert packed.column(tmp_path, "unipen-words-32", "train", "styles").tolist() == [3, 3]


def test_words_stand_in_the_characters_frame(release, tmp_path):
    words.pack(release, tmp_path)
    test = data.load("unipen-words", tmp_path, "test")
    word = test.images[test.labels == test.label_names.index("xox")][0, 0]
    rows = (word.amax(1) > 127).nonzero().squeeze(1)
    baseline, x_height = test.frame.baseline * 64, test.frame.x_height * 64
    assert (int(rows.min()), int(rows.max()) + 1) == pytest.approx((baseline - x_height, baseline), abs=4)
    columns = (word.amax(0) > 127).nonzero().squeeze(1)
    assert (int(columns.min()) + int(columns.max()) + 1) / 2 == pytest.approx(32 * words.WIDTH, abs=1)


def test_a_release_without_words_is_refused(tmp_path):
    files = writer("a", LINE)
    with pytest.raises(DataError, match="no words in the release"):
        words.pack(write(tmp_path / "release", files), tmp_path)
    assert characters.NAME == "unipen"
