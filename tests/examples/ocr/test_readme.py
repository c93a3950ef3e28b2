"""The snippets, commands and links of the example's README work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from docs import update
from examples.ocr import __main__ as command

README = Path(command.__file__).parent / "README.md"


# webdataset does not close curl's pipe; the garbage collector does, with a warning.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.")
def test_the_python_snippet_streams_lines(address):
    (snippet,) = update.snippets("python", page=README)
    shortened = snippet.replace(update.ADDRESS, address).replace("n=20000&size=500", "n=8&size=4")
    assert shortened != snippet
    seen = []
    exec(compile(shortened, README.name, "exec"), {"train_on": lambda line, text: seen.append((line.shape[0], text))})  # noqa: S102 - a snippet of the README
    assert len(seen) == 8
    assert all(height == 32 and re.fullmatch(r"\d{3,8}", text) for height, text in seen)


def test_the_commands_parse():
    lines = [line for snippet in update.snippets("bash", page=README) for line in snippet.splitlines()]
    commands = [shlex.split(line)[3:] for line in lines if "-m examples.ocr" in line]
    assert {words[0] for words in commands} == {"lines", "digits"}
    for words in commands:
        command.parser().parse_args(words)


def test_the_links_are_valid():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text("utf-8")):
        assert (README.parent / target).exists(), target
