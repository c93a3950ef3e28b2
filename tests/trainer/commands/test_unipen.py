"""The command that makes a set of a UNIPEN release, as a person types it."""

import pytest

from tests.trainer.data.unipen.conftest import write, writer
from trainer.__main__ import main
from trainer.data.unipen import characters

LINE = "non lox pox olo nnn plo xox lon"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(characters, "MIN_SAMPLES", 20)
    files = {}
    for number in range(8):
        files |= writer(f"w{number}", LINE)
    write(tmp_path / "release", files | writer("other", "lox plo", category="7"))
    return tmp_path


def test_a_release_becomes_a_data_set(here, capsys):
    assert main(["data", "unipen", "--from", "release", "--size", "32"]) == 0
    said = capsys.readouterr().err
    assert "unipen-32 train: " in said
    assert "unipen-32 validation: " in said
    assert "unipen-32 test: " in said


def test_its_words_become_another(here, capsys):
    assert main(["data", "unipen", "--from", "release", "--words", "--seed", "5", "--data", "elsewhere"]) == 0
    assert "unipen-words test: 2 images, 2 labels" in capsys.readouterr().err


def test_failures_say_why(here, capsys):
    assert main(["data", "unipen", "--from", "nowhere"]) == 1
    assert "--from nowhere: no such folder or file" in capsys.readouterr().err
    (here / "release" / "a.tar.xz").write_bytes(b"cut")
    assert main(["data", "unipen", "--from", "release"]) == 1
    assert "a.tar.xz: cut short or damaged" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--from", "release", "--size", "8"], ["--from", "release", "--seed", "x"]])
def test_wrong_usage_is_refused(here, arguments):
    with pytest.raises(SystemExit) as caught:
        main(["data", "unipen", *arguments])
    assert caught.value.code == 2
