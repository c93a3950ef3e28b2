import re
from pathlib import Path

import pytest

from trainer.data import DataError, calligraphy, load, packed
from trainer.data.calligraphy import CALLIGRAPHY, CALLIGRAPHY_64


@pytest.fixture(scope="module")
def brushes(make_font, tmp_path_factory):
    """Every family of the set, and one that is not; each draws each character as a different pair of strokes."""
    folder = tmp_path_factory.mktemp("brushes")
    for row, family in enumerate([*calligraphy.FAMILIES, "Other"]):
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


def test_only_its_own_families_are_drawn(brushes, tmp_path, monkeypatch):
    monkeypatch.setattr(calligraphy, "IMAGES", 2)
    monkeypatch.setattr(calligraphy, "CHARSET", "天地玄")
    CALLIGRAPHY_64.fetch(tmp_path, brushes)
    dataset = load("calligraphy-64", tmp_path, "train")
    assert (dataset.images.shape, dataset.label_names) == ((3, 1, 64, 64), ("天", "地", "玄"))
    assert dataset.notice == calligraphy.NOTICE
    made = packed.metadata(tmp_path, "calligraphy-64").made["fonts"]
    assert sorted(made) == sorted(f"{family} Regular: 3" for family in calligraphy.FAMILIES)


def test_a_missing_font_is_reported_with_the_package_that_has_it(brushes, tmp_path):
    (tmp_path / "fonts").mkdir()
    for path in brushes.iterdir():
        if path.stem != "Long Cang":
            (tmp_path / "fonts" / path.name).symlink_to(path)
    with pytest.raises(DataError, match=r"no font there draws 'Long Cang' 天 .*; npm's @fontsource/long-cang has it"):
        CALLIGRAPHY.fetch(tmp_path, tmp_path / "fonts")
    assert packed.names(tmp_path) == ()


def test_without_a_folder_of_fonts_it_says_where_to_find_them(tmp_path):
    with pytest.raises(DataError, match=r"--from FOLDER: calligraphy is drawn from fonts; docs/calligraphy\.md"):
        CALLIGRAPHY.fetch(tmp_path)
