"""A run survives SIGKILL at any moment and a full disk; the tests kill real processes."""

import os
import resource
import signal
from pathlib import Path

import pytest
import tomli_w
import torch

from tests.trainer.conftest import PROCESSES, TINY
from trainer import __main__ as command
from trainer.training import checkpoint
from trainer.training.state import TrainingState

ARGUMENTS = ["train", "tiny.toml", "--device", "cpu", "--save-every", "0.16"]


def die(*_arguments, **_keywords):
    os.kill(os.getpid(), signal.SIGKILL)


def between_checkpoints():
    step = TrainingState.step
    TrainingState.step = lambda self: die() if self.steps == 13 else step(self)


def while_a_checkpoint_is_written():
    save, calls = torch.save, []

    def half(content, path):
        calls.append(path)
        if len(calls) == 3:
            save(content, path)
            path.write_bytes(path.read_bytes()[:1000])
            die()
        save(content, path)

    torch.save = half


def before_it_takes_its_place():
    replace, calls = Path.replace, []

    def late(self, target):
        if Path(target).name == checkpoint.FILE:
            calls.append(target)
        return die() if len(calls) == 3 else replace(self, target)

    Path.replace = late


def while_the_disk_is_full():
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))


def train(folder, accident, arguments):
    os.chdir(folder)
    os.dup2(os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 2)
    torch.set_num_threads(1)
    if accident:
        accident()
    raise SystemExit(command.main(arguments))


def run(folder, accident=None, *more):
    process = PROCESSES.Process(target=train, args=(folder, accident, [*ARGUMENTS, *more]))
    process.start()
    process.join(120)
    return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "tiny.toml").write_text(tomli_w.dumps(TINY), "utf-8")
    assert run(folder) == 0
    return state(folder)


def state(folder):
    return torch.load(folder / "runs" / "tiny-0" / checkpoint.FILE, weights_only=True)["training"]


def same(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.parametrize("accident", [between_checkpoints, while_a_checkpoint_is_written, before_it_takes_its_place])
def test_a_killed_run_can_be_resumed_to_the_same_result(tmp_path, undisturbed, accident):
    (tmp_path / "tiny.toml").write_text(tomli_w.dumps(TINY), "utf-8")
    assert run(tmp_path, accident) == -signal.SIGKILL
    assert 0 < state(tmp_path)["steps"] < 20
    assert run(tmp_path, None, "--resume") == 0
    assert same(state(tmp_path), undisturbed)


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path, undisturbed):
    (tmp_path / "tiny.toml").write_text(tomli_w.dumps(TINY), "utf-8")
    assert run(tmp_path, between_checkpoints) == -signal.SIGKILL
    before = state(tmp_path)
    assert run(tmp_path, while_the_disk_is_full, "--resume") == 1
    assert "cannot write runs/tiny-0/checkpoint.pt at" in (tmp_path / "log").read_text()
    assert same(state(tmp_path), before)
    assert list((tmp_path / "runs" / "tiny-0").glob(".*.tmp")) == []
    assert run(tmp_path, None, "--resume") == 0
    assert same(state(tmp_path), undisturbed)
