import re
from pathlib import Path

import pytest

from trainer.data import DataError, calligraphy, load, packed


@pytest.fixture(scope="module")
def brushes(make_font, tmp_path_factory):
    """Every family of the set, and a stranger; each draws each character as a stroke at a place of its own."""
    folder = tmp_path_factory.mktemp("brushes")
    for row, family in enumerate([*calligraphy.FAMILIES, "Stranger"]):
        drawings = {
            character: [(0, 0, 40 + 10 * row, 800), (100, 0, 140 + 6 * column, 100)]
            for column, character in enumerate(calligraphy.CHARSET)
        }
        make_font(folder / f"{family}.ttf", drawings, family=family)
    return folder


def test_the_charset_is_a_hundred_different_characters():
    assert len(calligraphy.CHARSET) == len(set(calligraphy.CHARSET)) == 100
    assert all("\u4e00" <= character <= "\u9fff" for character in calligraphy.CHARSET)


def test_the_page_lists_its_characters_and_its_fonts():
    page = (Path(__file__).parents[3] / "docs" / "calligraphy.md").read_text("utf-8")
    assert calligraphy.CHARSET in page
    rows = dict(re.findall(r"^\| ([^|(]+?)(?: \([^|]+\))? \| [^|]+ \| ([^|]+) \| [^|]+ \|$", page, re.MULTILINE))
    assert {family: rows[family] for family in rows if family != "family"} == calligraphy.FAMILIES


def test_it_is_made_of_its_own_families_alone(brushes, tmp_path, monkeypatch):
    monkeypatch.setattr(calligraphy, "IMAGES", 2)
    monkeypatch.setattr(calligraphy, "CHARSET", "天地玄")
    assert calligraphy.pack(brushes, tmp_path, size=64) == "calligraphy-64"
    dataset = load("calligraphy-64", tmp_path, "train")
    assert (dataset.images.shape, dataset.label_names) == ((3, 1, 64, 64), ("天", "地", "玄"))
    made = packed.contents(tmp_path, "calligraphy-64").made["fonts"]
    assert sorted(made) == sorted(f"{family} Regular: 3" for family in calligraphy.FAMILIES)


def test_a_missing_font_is_told_with_the_package_that_has_it(brushes, tmp_path):
    (tmp_path / "fonts").mkdir()
    for path in brushes.iterdir():
        if path.stem != "Long Cang":
            (tmp_path / "fonts" / path.name).symlink_to(path)
    with pytest.raises(DataError, match=r"no font there draws 'Long Cang' 天 .*; npm's @fontsource/long-cang has it"):
        calligraphy.pack(tmp_path / "fonts", tmp_path)
    assert packed.names(tmp_path) == ()
