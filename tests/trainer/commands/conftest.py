"""Small recipes in a folder of their own, and the commands on them."""

import copy
import json
from pathlib import Path

import pytest
import tomli_w
import torch

from tests.trainer.conftest import TINY
from trainer.__main__ import main
from trainer.storage.onnx_metadata import read_card
from trainer.training import checkpoint

# A GAN of two networks, ten steps of 32 images long.
SMALL = copy.deepcopy(TINY) | {"system": "small", "kimg": 0.32}
SMALL["latent"] = {"variables": TINY["latent"]["variables"][:1]}
SMALL["networks"] = {role: TINY["networks"][role] for role in ("generator", "discriminator")}
SMALL["phases"] = [
    TINY["phases"][0] | {"trains": ["discriminator"], "losses": [{"kind": "discriminator-logistic"}]},
    TINY["phases"][1] | {"losses": [{"kind": "generator-nonsaturating"}]},
]
del SMALL["pretraining"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(SMALL)
    write(TINY)
    return tmp_path


def write(content):
    Path(f"{content['system']}.toml").write_text(tomli_w.dumps(content), "utf-8")


def train(*arguments):
    return main(["train", *arguments, "--device", "cpu"])


def export(run, to="model.onnx"):
    assert main(["export", run, "--to", to, "--device", "cpu"]) == 0
    return read_card(Path(to))


def state(run):
    return torch.load(Path(run) / checkpoint.FILE, weights_only=True)["training"]


def same_networks(one, other):
    ours, theirs = state(one)["networks"], state(other)["networks"]
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def printed(capsys, *arguments):
    """What a dry run prints: the resolved recipe, and what it says on stderr."""
    assert train(*arguments, "-n") == 0
    output = capsys.readouterr()
    return json.loads(output.out), output.err
