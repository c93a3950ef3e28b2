"""The data command as a person types it."""

import pytest
from PIL import Image

from tests.trainer.data.conftest import TALL, WIDE, build
from trainer import data
from trainer.__main__ import main
from trainer.commands.data import charset


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cats", "dogs"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (20, 30), (number, 0, len(name))).save(tmp_path / "photos" / name / f"{number}.png")
    (tmp_path / "fonts").mkdir()
    build({"a": TALL, "b": WIDE}).save(tmp_path / "fonts" / "font.ttf")
    (tmp_path / "fonts" / "broken.ttf").write_bytes(b"")
    return tmp_path


def test_pictures_become_a_data_set(here, capsys):
    assert main(["data", "folder", "--from", "photos", "--size", "16", "--test-share", "0.3", "--as", "pets"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "pets train: 4 images, 2 labels",
        "pets test: 2 images, 2 labels",
    ]
    dataset = data.load("pets", here / "data", "train")
    assert (dataset.images.shape, dataset.label_names) == ((4, 3, 16, 16), ("cats", "dogs"))


def test_glyphs_become_a_data_set(here, capsys):
    command = "data glyphs --from fonts --charset abc --size 16 --images 5 --test-share 0.2 --seed 1 --as letters"
    assert main([*command.split(), "--data", "elsewhere"]) == 0
    said = capsys.readouterr().err
    assert "skipped broken.ttf: " in said
    assert "left out, since fewer than 1 fonts draw them: c" in said
    assert "letters train: 8 images, 2 labels" in said
    assert data.load("letters", here / "elsewhere", "test").images.shape == (2, 1, 16, 16)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("folder --from nothing --as pets", "it takes one subfolder a class"),
        ("folder --from photos --as mnist", "--as 'mnist': a data set has that name already"),
        ("glyphs --from fonts --charset a --min-fonts 2 --as letters", "too few fonts draw a"),
        ("glyphs --from photos --charset a --as letters", "there draws any of the charset"),
        ("glyphs --from fonts --charset fonts/font.ttf --as letters", "--charset fonts/font.ttf: not UTF-8 text"),
        ("calligraphy --from fonts", "there draws any of the charset"),
    ],
)
def test_failures_say_why(here, capsys, arguments, reason):
    assert main(["data", *arguments.split()]) == 1
    assert reason in capsys.readouterr().err
    assert not (here / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("cifar", "invalid choice: 'cifar'"),
        ("folder --as pets", "--from"),
        ("folder --from photos --as pets --size 4", "--size: must be an integer from 8 to 1024, got '4'"),
        ("folder --from photos --as pets --channels 2", "--channels"),
        ("folder --from photos --as pets --test-share 1", "--test-share: must be a number between 0 and 1, got '1'"),
        (
            "glyphs --from fonts --as x --charset a --images one",
            "--images: must be an integer from 2 to 100000",
        ),
        ("calligraphy --from fonts --size 32", "--size"),
    ],
)
def test_wrong_usage_names_the_option(here, capsys, arguments, reason):
    with pytest.raises(SystemExit) as caught:
        main(["data", *arguments.split()])
    assert caught.value.code == 2
    assert reason in capsys.readouterr().err


def test_a_charset_comes_from_a_file_or_as_it_is(here):
    (here / "letters.txt").write_text("a b\nba\u3000天\t\u200b", "utf-8")
    assert charset("letters.txt") == "ab天"
    assert charset("no such file at all") == "nosuchfileat"
    assert charset("e\u0301e") == "\u00e9e"
    assert charset("天" * 3000 + "a") == "天a"  # too long to be a file's name


def test_a_charset_of_blanks_is_refused(here):
    with pytest.raises(data.DataError, match="--charset ' ': holds no character"):
        charset(" ")


def test_a_charset_has_composed_characters():
    assert charset("e\u0301\u00e9a") == "\u00e9a"
