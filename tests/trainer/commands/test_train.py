"""The train command as a person types it: recipes changed, repeated, extended, and begun with other weights."""

import copy
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from latent.card import Extension
from tests.trainer.commands.conftest import SMALL, export, printed, same_networks, state, train, write
from tests.trainer.config.test_class_lookup import MODULE
from trainer import data
from trainer.__main__ import main
from trainer.data import digest, packed
from trainer.storage.onnx_metadata import read_card, write_card
from trainer.training import checkpoint
from trainer.training.lineage import code_version

ROOT = Path(__file__).parents[3]


class TestSet:
    def test_a_dry_run_prints_what_was_set(self, here, capsys):
        arguments = ["--set", "kimg=1200", "--set", "networks.generator.hidden=512", "--seed", "4"]
        resolved, said = printed(capsys, "small.toml", *arguments)
        assert (resolved["kimg"], resolved["networks"]["generator"]["hidden"]) == (1200, 512)
        assert "seed 4, folder runs/small-4" in said
        assert not (here / "runs").exists()

    def test_the_checkpoint_and_the_card_keep_what_was_set(self, here):
        assert train("small.toml", "--set", "phases.generator.learning_rate=5e-4", "--set", "kimg=0.064") == 0
        kept = checkpoint.recipe_of(here / "runs" / "small-0" / checkpoint.FILE)
        assert (kept.kimg, [phase.learning_rate for phase in kept.phases]) == (0.064, [2e-4, 5e-4])
        provenance = export("runs/small-0").provenance
        assert provenance.resolved_recipe == kept.model_dump(mode="json")
        assert provenance.recipe == "small"
        dataset = data.load("strokes", here / "data", "train")
        assert provenance.lineage.data_sha256 == digest.sha256(dataset)
        assert provenance.lineage.code_versions == (code_version(),)
        assert (provenance.lineage.extensions, provenance.lineage.initial_weights) == ((), None)

    def test_a_wrong_key_is_named(self, here, capsys):
        assert train("small.toml", "--set", "phases.generator.learning_rat=1") == 1
        said = capsys.readouterr().err
        assert "small.toml:\n  phases.1.learning_rat: unknown key; did you mean 'learning_rate'?; known: name" in said
        assert train("small.toml", "--set", "batch=5000") == 1
        assert "batch: 5000 is more than the 4000 images there are" in capsys.readouterr().err


class TestDataset:
    @pytest.fixture
    def vowels(self, here):
        """A data set of five labels in the data root `data`; returns its name."""
        images, labels = np.zeros((100, 1, 28, 28), np.uint8), np.arange(100) % 5
        packed.write(here / "data", "vowels", tuple("aeiou"), {"train": (images, labels), "test": (images, labels)}, {})
        return "vowels"

    def test_the_number_of_categories_is_that_of_the_labels(self, here, capsys, vowels):
        resolved, _ = printed(capsys, "tiny.toml", "--dataset", vowels)
        assert (resolved["dataset"], resolved["latent"]["variables"][1]["size"]) == ("vowels", 5)

    def test_an_assignment_takes_precedence_and_is_noted(self, here, capsys, vowels):
        arguments = ["--dataset", vowels, "--set", "latent.variables.c1.size=7", "--set", "kimg=0.032"]
        resolved, _ = printed(capsys, "tiny.toml", *arguments)
        assert (resolved["dataset"], resolved["latent"]["variables"][1]["size"]) == ("vowels", 7)
        arguments += ["--set", "pretraining.held_out=20", "--set", "pretraining.restarts=1"]
        assert train("tiny.toml", *arguments) == 0
        note = "note: c1 has 7 values, but vowels has 5 labels: they will not be matched"
        assert f"{note}; --set latent.variables.c1.size=5 changes that" in capsys.readouterr().err
        assert export("runs/vowels-tiny-0").alignment is None


class TestOwnClasses:
    @pytest.fixture
    def outside(self, here, monkeypatch):
        """Runs a command as a new process would: it imports the module `outside` anew, if it is on the path."""

        def trainer(path, *arguments):
            with monkeypatch.context() as patched:
                patched.setattr(sys, "path", [*path, *sys.path])
                importlib.invalidate_caches()
                try:
                    return main([*arguments, "--device", "cpu"])
                finally:
                    sys.modules.pop("outside", None)

        return trainer

    def test_a_system_from_a_module_outside_the_package_is_trained_and_exported(self, here, capsys, outside):
        (here / "elsewhere").mkdir()
        (here / "elsewhere" / "outside.py").write_text(MODULE, "utf-8")
        own = copy.deepcopy(SMALL) | {"system": "eleventh", "kimg": 0.064}
        own["networks"] = {
            "generator": {"kind": "outside:Linear", "norm": "none"},
            "discriminator": {"kind": "outside:Flat"},
        }
        own["phases"][1] |= {"losses": [{"kind": "outside:Focal", "gamma": 1.5}]}
        write(own)
        for command in (
            ["train", "eleventh.toml"],
            ["train", "--resume", "--out", "runs/eleventh-0", "--set", "kimg=0.096"],
            ["export", "runs/eleventh-0", "--to", "own.onnx"],
            ["train", "--like", "own.onnx", "--out", "runs/again"],
        ):
            assert outside([str(here / "elsewhere")], *command) == 0, capsys.readouterr().err
        losses = read_card(here / "own.onnx").provenance.resolved_recipe["phases"][1]["losses"]
        assert losses == [{"kind": "outside:Focal", "weight": 1.0, "start_kimg": 0.0, "gamma": 1.5}]
        # Where it cannot be imported, the reason is said.
        capsys.readouterr()
        for command in (["train", "eleventh.toml"], ["export", "runs/eleventh-0"], ["train", "--like", "own.onnx"]):
            assert outside([], *command) == 1
            assert "no module 'outside'; it must be installed" in capsys.readouterr().err


class TestLike:
    def test_a_model_is_trained_again_from_its_card(self, here, capsys):
        assert train("small.toml", "--seed", "5", "--set", "kimg=0.096") == 0
        card = export("runs/small-5")
        resolved, said = printed(capsys, "--like", "model.onnx")
        assert resolved == card.provenance.resolved_recipe
        assert "seed 5, folder runs/small-5" in said
        assert train("--like", "model.onnx", "--out", "again") == 0
        assert same_networks("runs/small-5", "again")
        assert export("again", "again.onnx").provenance.lineage == card.provenance.lineage

    def test_what_is_repeated_can_be_changed(self, here, capsys):
        assert train("small.toml", "--set", "kimg=0.064") == 0
        export("runs/small-0")
        resolved, said = printed(capsys, "--like", "model.onnx", "--set", "ema_kimg=3", "--seed", "6")
        assert resolved["ema_kimg"] == 3
        assert "seed 6" in said

    def test_a_card_without_a_recipe_says_what_is_missing(self, here, capsys):
        bundled = ROOT / "models" / "mnist-infogan.onnx"
        assert train("--like", str(bundled), "-n") == 1
        said = capsys.readouterr().err
        assert "mnist-infogan.onnx: cannot be trained again from its card, which holds no resolved recipe" in said
        assert "train infogan --seed 1" in said

    def test_other_data_are_refused_unless_they_are_asked_for(self, here, capsys):
        assert train("small.toml", "--set", "kimg=0.064") == 0
        card = export("runs/small-0")
        lineage = card.provenance.lineage.model_copy(update={"data_sha256": "0" * 64})
        provenance = card.provenance.model_copy(update={"lineage": lineage})
        write_card(here / "model.onnx", card.model_copy(update={"provenance": provenance}))
        assert train("--like", "model.onnx", "--out", "again") == 1
        said = capsys.readouterr().err
        assert f"have sha256 {'0' * 64}, those of 'strokes' here" in said
        assert "--dataset strokes trains on the data here all the same" in said
        assert not (here / "again").exists()
        assert train("--like", "model.onnx", "--dataset", "strokes", "--out", "again") == 0

    def test_a_recipe_and_a_model_exclude_each_other(self, here, capsys):
        with pytest.raises(SystemExit):
            train("small.toml", "--like", "model.onnx")
        assert "not allowed with argument" in capsys.readouterr().err
        assert train() == 1
        assert "give a recipe, --like MODEL, or --resume --out FOLDER" in capsys.readouterr().err


class TestResume:
    def test_a_finished_run_is_extended(self, here, capsys):
        assert train("small.toml", "--seed", "2") == 0
        assert train("small.toml", "--seed", "2", "--resume", "--set", "kimg=0.48") == 0
        assert "resumed at 0.32 kimg with other values than before: kimg = 0.32" in capsys.readouterr().err
        resolved, said = printed(capsys, "--resume", "--out", "runs/small-2", "--set", "kimg=0.64")
        assert (resolved["kimg"], "seed 2" in said) == (0.64, True)
        arguments = ["--set", "kimg=0.64", "--set", "decay_from=0.9"]
        assert train("--resume", "--out", "runs/small-2", *arguments) == 0
        assert state("runs/small-2")["steps"] == 20
        card = export("runs/small-2")
        assert card.provenance.kimg == 0.64
        assert card.provenance.lineage.extensions == (
            Extension(at_kimg=0.32, previous={"kimg": 0.32}),
            Extension(at_kimg=0.48, previous={"kimg": 0.48, "decay_from": 0.5}),
        )
        capsys.readouterr()
        _, said = printed(capsys, "--like", "model.onnx")
        assert "that run had kimg = 0.32 until 0.32 kimg; this one has its last values throughout" in said

    def test_a_run_extended_before_its_rates_fall_is_as_long_a_run(self, here):
        """Its bits are those of a run that was that long from the beginning."""
        constant = ["--set", "decay_from=1.0"]
        assert train("small.toml", *constant, "--set", "kimg=0.32", "--out", "short") == 0
        assert train("--resume", "--out", "short", "--set", "kimg=0.64") == 0
        assert train("small.toml", *constant, "--set", "kimg=0.64", "--out", "long") == 0
        assert same_networks("short", "long")

    def test_only_the_length_may_change(self, here, capsys):
        assert train("small.toml") == 0
        changes = ["--set", "batch=16", "--set", "phases.generator.learning_rate=2"]
        for more in ([], ["-n"]):
            assert train("small.toml", "--resume", "--set", "kimg=0.48", *changes, *more) == 1
            said = capsys.readouterr().err
            assert "  batch: 32 in the checkpoint, 16 now\n" in said
            assert "  phases.1.learning_rate: 0.001 in the checkpoint, 2.0 now\n" in said
            assert "(--resume may change kimg and decay_from only; --init-from starts a new run from" in said
            assert "  kimg" not in said
        assert train("small.toml", "--resume", "--set", "kimg=0.16") == 1
        assert "kimg: 0.16 is less than the 0.32 that runs/small-0/checkpoint.pt has seen" in capsys.readouterr().err

    def test_other_data_are_another_run(self, here, capsys):
        assert train("small.toml") == 0
        path = here / "runs" / "small-0" / checkpoint.FILE
        content = torch.load(path, weights_only=True)
        lineage = json.loads(content["lineage"]) | {"data_sha256": "0" * 64}
        torch.save(content | {"lineage": json.dumps(lineage)}, path)
        assert train("small.toml", "--resume") == 1
        assert f"sha256 of the data: '{'0' * 64}' in the checkpoint" in capsys.readouterr().err
        assert main(["export", "runs/small-0"]) == 1
        assert "runs/small-0/checkpoint.pt was trained on other data" in capsys.readouterr().err


class TestExportTo:
    def test_a_finished_run_is_exported_into_a_folder(self, here, capsys):
        assert train("small.toml", "--set", "kimg=0.032", "--export-to", "served") == 0
        assert read_card(Path("served/strokes-small.onnx")).provenance.kimg == 0.032
        assert "next: python -m trainer evaluate served/strokes-small.onnx" in capsys.readouterr().err

    def test_a_variable_names_the_folder_too(self, here, monkeypatch):
        monkeypatch.setenv("INKCODE_EXPORT_TO", "served")
        assert train("small.toml", "--set", "kimg=0.032") == 0
        assert Path("served/strokes-small.onnx").exists()

    def test_without_a_folder_the_run_alone_is_written(self, here, capsys):
        assert train("small.toml", "--set", "kimg=0.032") == 0
        assert not list(here.rglob("*.onnx"))
        assert "next: python -m trainer export runs/small-0" in capsys.readouterr().err
