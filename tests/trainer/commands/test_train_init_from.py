"""A run that begins with the weights of another."""

import pytest

from tests.trainer.commands.conftest import export, printed, same_networks, state, train


class TestInitFrom:
    def test_all_weights_come_along_and_the_step_starts_anew(self, here, capsys):
        assert train("tiny.toml") == 0
        before = state("runs/tiny-0")
        capsys.readouterr()
        resolved, _ = printed(capsys, "tiny.toml", "--init-from", "runs/tiny-0", "--out", "next")
        assert resolved["system"] == "tiny"
        assert train("tiny.toml", "--init-from", "runs/tiny-0", "--out", "next", "--set", "kimg=0.032") == 0
        said = capsys.readouterr().err
        assert "weights of runs/tiny-0 (tiny, seed 0, 0.64 kimg): generator, discriminator, q_head, encoder" in said
        assert "nats on held-out images" not in said  # the encoder was pretrained already
        after = state("next")
        assert after["steps"] == 1
        moved = (after["networks"]["generator.layers.0.weight"] - before["networks"]["generator.layers.0.weight"]).abs()
        assert moved.max() < 0.002  # one step of Adam
        initial = export("next").provenance.lineage.initial_weights
        assert (initial.system, initial.seed, initial.kimg) == ("tiny", 0, 0.64)
        assert initial.loaded == ("generator", "discriminator", "q_head", "encoder")
        assert train("--like", "model.onnx", "--out", "again") == 1
        assert "give that run with --init-from" in capsys.readouterr().err
        assert train("--like", "model.onnx", "--init-from", "next", "--out", "again") == 1
        assert "not with those in next" in capsys.readouterr().err
        assert train("--like", "model.onnx", "--init-from", "runs/tiny-0", "--out", "again") == 0
        assert same_networks("next", "again")

    def test_what_does_not_fit_is_listed_and_starts_anew(self, here, capsys):
        assert train("small.toml") == 0
        assert train("tiny.toml", "--init-from", "runs/small-0", "--set", "kimg=0.032") == 0
        said = capsys.readouterr().err
        assert "weights of runs/small-0 (small, seed 0, 0.32 kimg): discriminator, generator in part" in said
        assert "  generator.layers.0: starts anew, its weight is (16, 6) in that run, (16, 18) here\n" in said
        assert "  encoder: starts anew, that run has no such network\n" in said
        assert "nats on held-out images" in said
        initial = export("runs/tiny-0").provenance.lineage.initial_weights
        assert (initial.loaded, initial.partly_loaded) == (("discriminator",), ("generator",))

    @pytest.mark.parametrize("more", [[], ["-n"]])
    def test_there_must_be_weights(self, here, capsys, more):
        assert train("small.toml", "--init-from", "runs/none", *more) == 1
        assert "no checkpoint at runs/none/checkpoint.pt" in capsys.readouterr().err
        with pytest.raises(SystemExit):
            train("small.toml", "--init-from", "runs/none", "--resume", *more)
        assert "--resume: not allowed with argument --init-from" in capsys.readouterr().err
