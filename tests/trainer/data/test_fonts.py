import numpy as np
import pytest

from tests.trainer.data.conftest import BOX, CORNER, TALL, WIDE
from trainer.data import DataError, fonts


def ink_box(image):
    rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
    return rows[0], columns[0], rows[-1] + 1, columns[-1] + 1


@pytest.mark.parametrize("notdef", [BOX, []], ids=["box", "blank"])
def test_characters_without_a_drawing_are_left_out(make_font, tmp_path, notdef):
    stand_in = [(200, 100, 800, 600)]
    drawings = {"a": TALL, "b": WIDE, "c": [], "d": notdef, "x": stand_in, "y": stand_in, "z": stand_in}
    make_font(tmp_path / "font.ttf", drawings, notdef=notdef)
    (face,) = fonts.find(tmp_path, "abcdefxyz ")
    assert set(face.files) == {"a", "b"}  # c is blank, d is drawn as .notdef, e and f are not mapped, xyz are a box


def test_two_characters_may_share_an_outline(make_font, tmp_path):
    make_font(tmp_path / "font.ttf", {"a": TALL, "l": TALL})
    (face,) = fonts.find(tmp_path, "al")
    assert set(face.files) == {"a", "l"}


@pytest.mark.parametrize("name", ["font.ttf", "font.otf", "font.woff2", "FONT.TTF"])
def test_a_drawing_is_the_same_in_every_format(make_font, tmp_path, name):
    make_font(tmp_path / "deep" / name, {"a": CORNER, "b": WIDE})
    (face,) = fonts.find(tmp_path, "ab")
    assert (face.family, face.style, face.extent) == ("Test", "Regular", pytest.approx(0.8))
    image = face.rasterise("a", size=100, longest=80)
    assert ink_box(image) == pytest.approx((20, 20, 80, 80), abs=1)
    assert image.mean() == pytest.approx((60 * 10 + 50 * 10) / 100**2, rel=0.05)


def test_every_font_of_a_collection_is_read(make_font, tmp_path):
    make_font(tmp_path / "fonts.ttc", {"a": TALL}, styles=("Bold", "Regular"))
    make_font(tmp_path / "other.ttf", {"a": WIDE}, family="Other")
    found = fonts.find(tmp_path, "a")
    # The collection's second font draws the same, and adds nothing.
    assert [(face.family, face.style) for face in found] == [("Other", "Regular"), ("Test", "Bold")]
    assert found[1].files["a"].index == 0


def test_the_files_of_a_family_are_one_face(make_font, tmp_path):
    make_font(tmp_path / "1.woff2", {"a": TALL})
    make_font(tmp_path / "2.woff2", {"b": WIDE, "a": CORNER})
    (face,) = fonts.find(tmp_path, "abc")
    assert {character: file.path.name for character, file in face.files.items()} == {"a": "1.woff2", "b": "2.woff2"}


def test_a_drawing_of_an_earlier_face_is_left_out(make_font, tmp_path):
    make_font(tmp_path / "1.ttf", {"a": TALL, "b": WIDE}, family="First")
    make_font(tmp_path / "2.ttf", {"a": TALL, "b": CORNER}, family="Second")
    first, second = fonts.find(tmp_path, "ab")
    assert (set(first.files), set(second.files)) == ({"a", "b"}, {"b"})
    assert second.extent == pytest.approx(0.8)  # the tall drawing still counts for the extent


def test_only_the_given_families_are_found(make_font, tmp_path):
    make_font(tmp_path / "1.ttf", {"a": TALL}, family="First")
    make_font(tmp_path / "2.ttf", {"a": WIDE}, family="Second")
    (face,) = fonts.find(tmp_path, "a", families={"Second"})
    assert face.family == "Second"


def test_a_file_that_is_not_a_font_is_logged_and_skipped(make_font, tmp_path):
    make_font(tmp_path / "font.ttf", {"a": TALL})
    (tmp_path / "broken.otf").write_bytes(b"no font")
    (tmp_path / "notes.txt").write_text("not looked at")
    logged = []
    assert len(fonts.find(tmp_path, "a", log=logged.append)) == 1
    (line,) = logged
    assert line.startswith("skipped broken.otf: ")


def test_a_folder_without_a_drawing_is_refused(make_font, tmp_path):
    make_font(tmp_path / "font.ttf", {"a": TALL})
    with pytest.raises(DataError, match=r"--from .*: no \.otf, \.ttc, \.ttf, \.woff2 there draws any of the charset"):
        fonts.find(tmp_path, "b")
