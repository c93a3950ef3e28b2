"""The README is correct: its examples run, its commands parse, its pictures and tables are current."""

from __future__ import annotations

import re
import shlex
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from docs import update
from service.__main__ import _parser as service_parser
from service.settings import Settings
from trainer.__main__ import _parser


@pytest.fixture(scope="module")
def address(serve, make_generator, make_encoder, tmp_path_factory):
    """A service of the bundled models and of `mine`, which the examples use and which has an encoder."""
    folder = tmp_path_factory.mktemp("models")
    for file in (update.ROOT / "models").iterdir():
        (folder / file.name).symlink_to(file)
    make_encoder(folder / "mine.encoder.onnx", make_generator(folder / "mine.onnx"))
    with serve(Settings(models=folder)) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="module")
def answers(address, tmp_path_factory):
    if not shutil.which("curl"):
        pytest.fail("the README's examples need curl, which is not installed")
    folder = tmp_path_factory.mktemp("readme")
    update.run_curl_examples(address, folder)
    return folder


def test_the_pictures_are_the_answers_to_the_examples(answers):
    assert update.pictures() == ["write.png", "samples.png", "c2.png", "c3.png", "calligraphy.png"]
    for name in update.pictures():
        with Image.open(answers / name) as fresh, Image.open(update.ROOT / "docs" / name) as committed:
            assert fresh.size == committed.size
            difference = np.abs(np.asarray(fresh, int) - np.asarray(committed, int))
        # Another processor may round a pixel differently.
        assert difference.max() <= 2, name


def test_every_example_writes_its_file(answers):
    names = {path.name for path in answers.iterdir()}
    others = {"seven.gif", "two.json", "walk.png", "line.png", "lines.json", "notebook.png", "page.png"}
    assert names == others | {*update.pictures(), "index.json", "wids.json", "digits.tar", "pairs.zip", "dates.tar"}
    with Image.open(answers / "seven.gif") as animation:
        assert animation.n_frames == 11


def test_the_shards_have_the_requested_samples(answers):
    with tarfile.open(answers / "digits.tar") as archive:
        assert archive.getnames()[0] == "000001500.png"
        assert len(archive.getnames()) == 2000
    with tarfile.open(answers / "dates.tar") as archive:
        text = archive.extractfile("000000000.txt").read().decode()
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)


@pytest.mark.parametrize("snippet", update.snippets("python"))
def test_the_python_examples_run(address, snippet):
    exec(compile(snippet.replace(update.ADDRESS, address), "README.md", "exec"), {})  # noqa: S102 - a snippet of the README


def test_the_service_s_commands_parse():
    lines = [line for snippet in update.snippets("bash", "-m service") for line in snippet.splitlines()]
    assert lines
    for line in lines:
        service_parser().parse_args(shlex.split(line)[3:])


def test_the_trainer_s_commands_parse():
    lines = [line for snippet in update.snippets("bash", "-m trainer") for line in snippet.splitlines()]
    inline = re.findall(r"`python (-m trainer [^`]*)`", update.README.read_text("utf-8"))
    commands = [line.partition("python ")[2] for line in lines] + inline
    assert len(commands) >= 4
    for command in commands:
        _parser().parse_args(shlex.split(command.replace("FOLDER", "x"))[2:])


def test_the_make_targets_exist():
    text = update.README.read_text("utf-8")
    makefile = (update.ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^make ([\w-]+)", text, re.MULTILINE)) | set(re.findall(r"`make ([\w-]+)`", text))
    assert {"serve", "test"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_tables_are_those_of_the_cards_and_records():
    text = update.README.read_text("utf-8")
    assert update.card_table(update.MODELS[update.README]) in text
    assert f"<!-- streamed -->\n{update.stream_table()}<!-- /streamed -->" in text
    assert f"<!-- ocr -->\n{update.ocr_summary()}<!-- /ocr -->" in text
    for page in update.MODELS:
        assert "<!-- card -->" in page.read_text("utf-8")
        assert update.render(page) == page.read_text("utf-8")


def test_the_links_are_valid():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", update.README.read_text("utf-8")):
        assert (update.ROOT / Path(target)).exists(), target
