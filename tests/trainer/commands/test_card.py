"""The card command as a person types it."""

import argparse
import io
import json
import shlex

import numpy as np
import pytest

from latent import Categorical, Continuous, Noise
from service.settings import Settings
from tests.trainer.export.test_onnx_import import linear
from trainer.__main__ import main
from trainer.commands.latent_argument import variable
from trainer.storage.onnx_metadata import read_card


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    linear(tmp_path / "foreign.onnx", dim=14)
    return tmp_path


LATENT = "z:3 c1:10=0,1,2,3,4,5,6,7,8,9 c2:-1..1"


def test_a_foreign_generator_becomes_a_model_that_is_served(here, capsys, serve):
    arguments = f"--latent {LATENT} --to models/theirs.onnx --system dcgan --notice 'by somebody'"
    assert main(["card", "add", "foreign.onnx", *shlex.split(arguments)]) == 0
    said = capsys.readouterr().err
    assert "models/theirs.onnx: z[3] + c1[10] + c2; 1 x 4 x 4, NCHW, float, -1 is black and 1 white" in said
    with serve(Settings(models=here / "models")) as client:
        (card,) = client.get("/models").json()["models"]
        assert (card["name"], card["system"]) == ("theirs", "dcgan")
        answer = client.post("/generate", json={"n": 4, "label": "7", "format": "npy"})
        assert answer.status_code == 200, answer.text
        assert np.load(io.BytesIO(answer.content)).shape == (4, 4, 4)


def test_the_option_may_be_repeated_and_the_order_is_kept(here):
    arguments = ["--latent", "c2:-1..1", "--latent", "z:3", "c1:10", "--to", "theirs.onnx"]
    assert main(["card", "add", "foreign.onnx", *arguments]) == 0
    assert read_card(here / "theirs.onnx").latent.layout() == "c2 + z[3] + c1[10]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("z:100", Noise(name="z", size=100)),
        ("noise:2", Noise(name="noise", size=2)),
        ("c1:10", Categorical(name="c1", size=10)),
        ('kind:3="a,b",c:d,e=f', Categorical(name="kind", size=3, labels=("a,b", "c:d", "e=f"))),
        ("c1:2=@labels.txt", Categorical(name="c1", size=2, labels=("x, y", "z"))),
        ("c2:-1..1", Continuous(name="c2", low=-1, high=1)),
        ("c2:0..2.5e1", Continuous(name="c2", low=0, high=25)),
        ("c2:-.5...5", Continuous(name="c2", low=-0.5, high=0.5)),
    ],
)
def test_variables_of_the_latent(here, text, expected):
    (here / "labels.txt").write_text("x, y\nz\n", "utf-8")
    assert variable(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("z", "give noise as z:100"),
        ("z:", "give noise as z:100"),
        ("z:0", "size: Input should be greater than or equal to 1"),
        ("z:9=a", "size|labels"),
        ("C1:10", "name: String should match"),
        ("c1:3=a,b", "labels must be empty or 3 different names"),
        ("c1:2=a,a", "labels must be empty or 2 different names"),
        ("c2:1..-1", "low must be below high"),
        ("c1:2=@nothing", "nothing: not UTF-8 text"),
    ],
)
def test_a_variable_that_is_none_is_refused(here, text, reason):
    with pytest.raises(argparse.ArgumentTypeError, match=reason):
        variable(text)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("foreign.onnx --latent z:3 z:11 --to x.onnx", "variable names must differ"),
        ("foreign.onnx --latent z:3 --to x.onnx", "the latent z[3] has 3 numbers, but the input 'z' takes 14"),
        ("nothing.onnx --latent z:3 --to x.onnx", "nothing.onnx"),
        ("foreign.onnx --latent z:14 --to x.onnx --output y", "--output y: the outputs are x"),
    ],
)
def test_failures_say_why_and_write_nothing(here, capsys, arguments, reason):
    assert main(["card", "add", *arguments.split()]) == 1
    assert reason in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["foreign.onnx"]


def test_a_card_is_shown_as_markdown_and_as_json(here, capsys):
    assert main(["card", "add", "foreign.onnx", "--latent", *LATENT.split(), "--to", "theirs.onnx"]) == 0
    capsys.readouterr()
    assert main(["card", "show", "theirs.onnx"]) == 0
    page = capsys.readouterr().out
    for line in (
        "# theirs",
        "| z | noise | 3 numbers, normal |",
        "| c1 | categorical | 10 values: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 |",
        "| c2 | continuous | -1 to 1 |",
        "| recipe | imported |",
    ):
        assert line in page.splitlines()
    assert main(["card", "show", "theirs.onnx", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads(read_card(here / "theirs.onnx").model_dump_json(exclude_none=True))
    assert main(["card", "show", "foreign.onnx"]) == 1
    assert "no 'inkcode.card' in the file's metadata" in capsys.readouterr().err
