"""Two real processes, joined by gloo, beside one."""

import copy
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w
import torch

from tests.trainer.conftest import PROCESSES, TINY
from trainer import data
from trainer.config.recipe import Recipe
from trainer.data.augmentation import RandomAffine
from trainer.export.pipeline import export_run
from trainer.losses.invariance import mutual_information
from trainer.metrics import evaluate
from trainer.metrics.classifier import ClassifierConfig
from trainer.networks.layers import ShardedDropout
from trainer.runtime import distributed
from trainer.storage.onnx_metadata import read_card
from trainer.training import loop
from trainer.training.checkpoint import FILE
from trainer.training.progress import NullLogger
from trainer.training.state import TrainingState

# No BatchNorm: its statistics are those of a process's own share, so two of them learn something else than one.
CRITIC = copy.deepcopy(TINY) | {"system": "critic", "labels": {"code": "c1"}}
CRITIC["latent"] = {"variables": TINY["latent"]["variables"][:2]}
CRITIC["networks"] = {
    "generator": {"kind": "residual", "channels": [8, 6, 4], "norm": "none"},
    "discriminator": {"kind": "conv", "channels": [4, 8], "hidden": 16, "norm": "none", "projects": "c1"},
}
CRITIC["phases"] = [
    {
        "name": "discriminator",
        "trains": ["discriminator"],
        "learning_rate": 2e-4,
        "losses": [{"kind": "discriminator-relativistic"}, {"kind": "r1"}, {"kind": "r2"}],
    },
    {
        "name": "generator",
        "trains": ["generator"],
        "learning_rate": 1e-3,
        "losses": [{"kind": "generator-relativistic"}],
    },
]
del CRITIC["pretraining"]

# Random numbers for the augmentation and the penalty too. Without dropout, whose mask one process draws differently.
RANDOM = copy.deepcopy(CRITIC)
RANDOM["networks"]["discriminator"] = {
    "kind": "mlp",
    "widths": [16],
    "hidden": 16,
    "dropout": 0.0,
    "projects": "c1",
    "augment": {},
}
RANDOM["phases"][0]["losses"] = [{"kind": "discriminator-wasserstein"}, {"kind": "gradient-penalty"}]
RANDOM["phases"][1]["losses"] = [{"kind": "generator-wasserstein"}]


def join(rank, port, work, arguments):
    """Do `work(device, *arguments)` as process `rank` of two, with the environment that torchrun gives."""
    names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in names.items()})
    torch.set_num_threads(1)
    with distributed.process_group(torch.device("cpu")) as device:
        work(device, *arguments)
    threads = [thread.joinpath("comm").read_text().strip() for thread in Path("/proc/self/task").iterdir()]
    assert not any("gloo" in name for name in threads), "the interpreter would abort at its exit"


def in_two_processes(work, *arguments):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    processes = [PROCESSES.Process(target=join, args=(rank, port, work, arguments)) for rank in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
    assert [process.exitcode for process in processes] == [0, 0]


def step(device, content, folder):
    """One step of a recipe: its gradients, and seven numbers gathered from their shards."""
    strokes = data.load("strokes", folder, "train")
    training = TrainingState(Recipe.model_validate(content), strokes.images, 3, device, strokes.labels)
    training.step()
    rows = distributed.all_gather(distributed.shard(torch.arange(7)))
    gradients = {name: p.grad for name, p in training.networks.named_parameters()}
    torch.save({"gradients": gradients, "rows": rows}, folder / f"{distributed.rank()}.pt")


@pytest.mark.parametrize("content", [CRITIC, RANDOM], ids=["critic", "random"])
def test_two_processes_compute_the_gradients_of_one(tmp_path, content):
    in_two_processes(step, content, tmp_path)
    alone = TrainingState(
        Recipe.model_validate(content),
        (strokes := data.load("strokes", tmp_path, "train")).images,
        3,
        torch.device("cpu"),
        strokes.labels,
    )
    alone.step()
    for rank in range(2):
        together = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        assert together["rows"].tolist() == list(range(7))
        for role in ("discriminator", "generator"):
            ours = {name: p.grad for name, p in alone.networks.named_parameters() if name.startswith(role)}
            theirs = torch.cat([together["gradients"][name].flatten() for name in ours])
            alike = torch.cat([gradient.flatten() for gradient in ours.values()])
            # Sixteen bits where the processor computes with them: sums in another order differ by as much.
            assert ((theirs - alike).norm() / alike.norm()).item() < 0.02


def share(device, folder):
    """What two processes share and what they do not, and what a difference between their weights leads to."""
    torch.manual_seed(1)
    logits = torch.randn(2, 12, 5)
    one, other = (distributed.shard(rows).clone().requires_grad_() for rows in logits)
    information = mutual_information(one, other)
    information.backward()
    gradients = [distributed.all_gather(rows.grad) / distributed.world_size() for rows in (one, other)]
    images = torch.rand(1, 1, 28, 28).expand(4, -1, -1, -1)
    augmented = RandomAffine()(images, distributed.rand)
    shared = RandomAffine()(images)
    dropped = ShardedDropout(0.5)(torch.ones(4, 50))

    strokes = data.load("strokes", folder, "train")
    training = TrainingState(Recipe.model_validate(TINY), strokes.images, 3, device)
    training.step()
    training.check_synchronised()
    weights = training.networks["generator"].layers[0].weight.data
    before = weights.clone()
    weights[0, 0] += 1e-7 * (1 + distributed.rank())
    with pytest.raises(distributed.ProcessesDifferError) as refused:
        training.check_synchronised()
    training.synchronise()
    training.check_synchronised()
    result = {"information": information.detach(), "gradients": gradients, "logits": logits}
    result |= {"augmented": augmented, "shared": shared, "dropped": dropped, "moved": weights - before}
    torch.save(result | {"refused": str(refused.value)}, folder / f"{distributed.rank()}.pt")


def test_two_processes_share_statistics_and_weights_and_not_random_numbers(tmp_path):
    in_two_processes(share, tmp_path)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    one, other = first["logits"].requires_grad_()
    whole = mutual_information(one, other)
    gradients = torch.autograd.grad(whole, (one, other))
    for result in (first, second):
        torch.testing.assert_close(result["information"], whole.detach())
        torch.testing.assert_close(result["gradients"], list(gradients))
        assert "another networks.generator.layers.0.weight than process 0 (1 of " in result["refused"]
    assert not torch.equal(first["augmented"], second["augmented"])
    assert torch.equal(first["shared"], second["shared"])
    assert not torch.equal(first["dropped"], second["dropped"])
    assert set(first["dropped"].unique().tolist()) == {0.0, 2.0}
    assert torch.equal(first["moved"], second["moved"])


def test_a_process_with_other_weights_ends_the_run(training, tmp_path, monkeypatch):
    def differ():
        raise distributed.ProcessesDifferError("process 1 has another networks.x than process 0")

    monkeypatch.setattr(training, "check_synchronised", differ)
    with pytest.raises(distributed.ProcessesDifferError):
        loop.run(training, tmp_path, NullLogger(), loop.Intervals())
    assert not (tmp_path / FILE).exists(), "a checkpoint would hold the weights of one process only"


def torchrun(*arguments, cwd=None):
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1"]
    return subprocess.run([*command, "--standalone", *arguments], cwd=cwd, capture_output=True, text=True, timeout=300)


def test_a_run_on_two_processes_is_one_run(tmp_path):
    (tmp_path / "tiny.toml").write_text(tomli_w.dumps(TINY), "utf-8")
    done = torchrun("-m", "trainer", "train", "tiny.toml", "--device", "cpu", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "tiny-0"
    state = torch.load(folder / FILE, weights_only=True)["training"]
    assert state["steps"] == 20
    assert len(list(folder.glob("events.*"))) == 1
    kimg = [json.loads(line)["kimg"] for line in (folder / "stats.jsonl").read_text().splitlines()]
    assert kimg == sorted(set(kimg))


def measure(device, model, folder):
    quality = evaluate(model, folder, 101, device, config=ClassifierConfig(epochs=1, width=8))
    (folder / f"{distributed.rank()}.json").write_text(quality.model_dump_json())


def test_evaluation_on_two_processes_gives_the_figures_of_one(training, strokes, tmp_path):
    export_run(training, strokes, tmp_path / "tiny.onnx")
    alone = shutil.copytree(tmp_path, tmp_path / "alone")
    in_two_processes(measure, tmp_path / "tiny.onnx", tmp_path)
    expected = evaluate(alone / "tiny.onnx", alone, 101, config=ClassifierConfig(epochs=1, width=8)).model_dump()
    for rank in range(2):
        quality = json.loads((tmp_path / f"{rank}.json").read_text())
        assert quality.keys() == expected.keys()
        for name in ("label_accuracy", "classifier_accuracy", "frechet_distance", "frechet_floor", "ms_ssim", "recall"):
            assert quality[name] == pytest.approx(expected[name], rel=1e-4)
    assert read_card(tmp_path / "tiny.onnx").quality.samples == 101


def test_a_batch_that_cannot_be_divided_evenly_is_refused(recipe, strokes, monkeypatch):
    monkeypatch.setattr(distributed, "world_size", lambda: 3)
    with pytest.raises(ValueError, match="batch: 32 cannot be divided evenly between 3 processes"):
        TrainingState(recipe, strokes.images, 0, torch.device("cpu"))
