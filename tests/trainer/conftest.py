"""A GAN that trains in a second: 28 x 28 strokes, networks of a few units."""

import multiprocessing

import pytest
import torch

from trainer import data
from trainer.config.recipe import Recipe
from trainer.training.state import TrainingState

# Networks of a few units are faster on one thread.
torch.set_num_threads(1)

# Processes fork off one that has loaded what takes seconds to import; optimisers import torch._dynamo at a first step.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["trainer.__main__", "torch._dynamo", "tests.trainer.conftest"])

TINY = {
    "system": "tiny",
    "dataset": "strokes",
    "kimg": 0.64,
    "batch": 32,
    "ema_kimg": 0.1,
    "decay_from": 0.5,
    "latent": {
        "variables": [
            {"kind": "noise", "name": "z", "size": 6},
            {"kind": "categorical", "name": "c1", "size": 10},
            {"kind": "continuous", "name": "c2"},
            {"kind": "continuous", "name": "c3"},
        ]
    },
    "networks": {
        "generator": {"kind": "conv", "hidden": 16, "channels": [8, 4]},
        "discriminator": {"kind": "conv", "channels": [4, 8], "hidden": 16, "norm": "batch"},
        "q_head": {"codes": ["c2", "c3"], "hidden": 8},
        "encoder": {"codes": ["c1"], "channels": [4, 8, 8], "hidden": 16, "overclusters": 20},
    },
    "pretraining": {
        "kind": "invariant-information-clustering",
        "restarts": 2,
        "kimg": 0.2,
        "distill_kimg": 0.1,
        "batch": 50,
        "held_out": 100,
        "augment": {},
    },
    "phases": [
        {
            "name": "discriminator",
            "trains": ["discriminator", "q_head"],
            "learning_rate": 2e-4,
            "losses": [
                {"kind": "discriminator-logistic"},
                {"kind": "information", "network": "q_head", "codes": ["c2", "c3"], "weight": 0.1},
            ],
        },
        {
            "name": "generator",
            "trains": ["generator"],
            "learning_rate": 1e-3,
            "losses": [
                {"kind": "generator-nonsaturating"},
                {"kind": "information", "network": "q_head", "codes": ["c2", "c3"], "weight": 0.1},
                {"kind": "information", "network": "encoder", "codes": ["c1"]},
            ],
        },
        {
            "name": "encoder",
            "trains": ["encoder"],
            "learning_rate": 4e-4,
            "interval": 2,
            "losses": [
                {"kind": "information", "network": "encoder", "codes": ["c1"], "augment": {}, "start_kimg": 0.2},
                {"kind": "invariant-information", "augment": {}},
            ],
        },
    ],
}


@pytest.fixture(autouse=True)
def few_samples_at_export(monkeypatch):
    """The order of codes that a run of seconds has learnt is of no interest, and is found with few samples too."""
    monkeypatch.setattr("trainer.export.pipeline._SAMPLES", 20)


@pytest.fixture
def recipe():
    return Recipe.model_validate(TINY)


@pytest.fixture(scope="session")
def strokes(tmp_path_factory):
    return data.load("strokes", tmp_path_factory.mktemp("data"), "train")


@pytest.fixture
def training(recipe, strokes):
    return TrainingState(recipe, strokes.images, seed=3, device=torch.device("cpu"))
