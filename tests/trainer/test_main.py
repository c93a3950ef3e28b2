"""The commands, from images to a measured file."""

import copy
import json
import tomllib

import pytest
import tomli_w

from latent import codes
from latent.onnx_file import graph_sha256
from latent.quality_file import read_beside
from tests.trainer.conftest import TINY
from trainer.__main__ import main
from trainer.metrics.classifier import ClassifierConfig
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.report.record import read as load_record
from trainer.storage.onnx_metadata import read_card


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("trainer.metrics.judge.CONFIG", ClassifierConfig(epochs=1, width=8))
    (tmp_path / "tiny.toml").write_text(tomli_w.dumps(TINY), "utf-8")
    return tmp_path


def test_from_images_to_a_measured_file(here, capsys):
    assert main(["data", "strokes"]) == 0
    assert main(["train", "tiny.toml", "--seed", "1", "--device", "cpu"]) == 0
    assert main(["export", "runs/tiny-1"]) == 0
    path = here / "runs" / "tiny-1" / "strokes-tiny.onnx"
    card = read_card(path)
    assert card.name == "strokes-tiny"
    assert (card.provenance.labels_read, card.provenance.seed, card.provenance.images) == (0, 1, 4000)
    assert (card.alignment.method, card.alignment.labelled_images) == ("hungarian", 1000)
    assert card.latent["c1"].labels == tuple("0123456789")
    assert OnnxGenerator(path).generate(codes.draw(card.latent, 0, range(2))).shape == (2, 1, 28, 28)
    assert main(["evaluate", str(path), "--samples", "200"]) == 0
    quality = read_card(path).quality
    assert quality.samples == 200
    assert set(quality.controls) == {"c2", "c3"}
    assert quality.split == "validation"
    assert main(["report", "runs/tiny-1"]) == 1
    assert "measured with validation images" in capsys.readouterr().err
    assert main(["verifier", "strokes", "--width", "4"]) == 0
    assert "accurate on 1000 real images" in capsys.readouterr().err
    assert (here / "models" / "strokes.verifier.onnx").exists()


def test_a_published_model_is_measured_again_without_a_change_of_its_file(here, capsys):
    assert main(["train", "tiny.toml", "--device", "cpu"]) == 0
    assert main(["export", "runs/tiny-0"]) == 0
    path, record = here / "runs" / "tiny-0" / "strokes-tiny.onnx", here / "results" / "strokes-tiny-0.json"
    assert main(["evaluate", str(path), "--samples", "100", "--split", "test"]) == 0
    assert main(["report", "runs/tiny-0"]) == 0
    published, before = path.read_bytes(), load_record(record)
    assert main(["evaluate", str(path), "--samples", "200", "--split", "test", "--record", str(record)]) == 0
    assert path.read_bytes() == published
    after = load_record(record)
    assert (before.quality.samples, after.quality.samples) == (100, 200)
    assert after.quality.judge_sha256 == before.quality.judge_sha256
    assert after.earlier_quality is None
    assert read_beside(path, graph_sha256(published)) == after.quality
    assert main(["evaluate", str(path), "--record", "results/none.json"]) == 1
    assert "results/none.json: no such record" in capsys.readouterr().err


def test_a_conditional_run_needs_no_alignment(here):
    conditional = copy.deepcopy(TINY) | {"system": "conditional", "labels": {"code": "c1"}, "pretraining": None}
    conditional["networks"]["discriminator"] |= {"concatenates": "c1"}
    (here / "conditional.toml").write_text(tomli_w.dumps({k: v for k, v in conditional.items() if v}), "utf-8")
    assert main(["train", "conditional.toml", "--device", "cpu"]) == 0
    assert main(["export", "runs/conditional-0", "--to", "conditional.onnx"]) == 0
    card = read_card(here / "conditional.onnx")
    assert card.alignment is None
    assert card.provenance.labels_read == 4000
    assert card.latent["c1"].labels == tuple("0123456789")


def test_dry_run_prints_the_recipe_and_writes_nothing(here, capsys):
    assert main(["train", "infogan", "-n"]) == 0
    assert json.loads(capsys.readouterr().out)["system"] == "infogan"
    assert [path.name for path in here.iterdir()] == ["tiny.toml"]


def test_a_recipe_takes_another_data_set(here, capsys):
    reads = copy.deepcopy(TINY) | {"labels": {"code": "c1"}, "dataset": "mnist"}
    reads["latent"]["variables"][1]["size"] = 3
    del reads["pretraining"]
    (here / "three.toml").write_text(tomli_w.dumps(reads), "utf-8")
    assert main(["train", "three.toml", "--dataset", "strokes", "-n"]) == 0
    resolved = json.loads(capsys.readouterr().out)
    assert resolved["dataset"] == "strokes"
    assert resolved["latent"]["variables"][1]["size"] == 10
    reads["networks"]["generator"]["channels"] = [8, 8, 8]
    (here / "three.toml").write_text(tomli_w.dumps(reads), "utf-8")
    assert main(["train", "three.toml", "--dataset", "strokes"]) == 1
    assert "tiny: 28 px cannot be halved 3 times" in capsys.readouterr().err


def test_a_run_is_not_overwritten_and_can_be_resumed(here, capsys):
    assert main(["train", "tiny.toml", "--device", "cpu"]) == 0
    assert main(["train", "tiny.toml", "--device", "cpu"]) == 1
    assert "--resume continues it" in capsys.readouterr().err
    assert main(["train", "tiny.toml", "--device", "cpu", "--resume"]) == 0
    changed = tomllib.loads((here / "tiny.toml").read_text()) | {"ema_kimg": 0.2}
    (here / "tiny.toml").write_text(tomli_w.dumps(changed), "utf-8")
    assert main(["train", "tiny.toml", "--device", "cpu", "--resume"]) == 1
    said = capsys.readouterr().err
    assert "ema_kimg: 0.1 in the checkpoint, 0.2 now" in said
    assert "--resume may change kimg and decay_from only" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train", "nothing"], "no recipe 'nothing'"),
        (["train", "infogan"], "python -m trainer data mnist"),
        (["train", "tiny.toml", "--resume"], "no checkpoint at"),
        (["export", "runs/none"], "no checkpoint at"),
        (["evaluate", "none.onnx"], "none.onnx"),
    ],
)
def test_failures_say_why(here, capsys, arguments, reason):
    assert main(arguments) == 1
    assert reason in capsys.readouterr().err


def test_a_measure_of_too_few_samples_is_refused(here, capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "none.onnx", "--samples", "99"])
    assert "--samples: must be an integer of at least 100, got '99'" in capsys.readouterr().err
