"""`python -m service dataset --engine ray` on two nodes, one of which is killed; run by `make test-ray`."""

from __future__ import annotations

import filecmp
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed; `make test-ray` installs it and runs this")

from ray.cluster_utils import Cluster  # noqa: E402

from service.__main__ import main  # noqa: E402
from service.cluster.executor import OrderedExecutor  # noqa: E402
from service.cluster.ray_executor import ray_cluster  # noqa: E402
from service.datasets import command  # noqa: E402


@pytest.fixture
def nodes(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Two nodes with one core each."""
    monkeypatch.setenv("INKCODE_MODELS", str(models))
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def write(monkeypatch: pytest.MonkeyPatch, out: Path, *more: str) -> None:
    command = ["service", "dataset", "--out", str(out), "--n", "230", "--size", "10", "--seed", "3", *more]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0


def test_a_cluster_that_loses_a_node_makes_the_same_shards(
    nodes: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    write(monkeypatch, here, "--processes", "1")
    (second,) = nodes.worker_nodes

    def kill() -> None:
        while not list(there.glob("shard-00000[5-9].tar")):
            time.sleep(0.05)
        nodes.remove_node(second, allow_graceful=False)

    killer = threading.Thread(target=kill)
    killer.start()
    write(monkeypatch, there, "--engine", "ray")
    killer.join()
    names = sorted(path.name for path in here.iterdir())
    assert len(names) == 23 + 2
    assert filecmp.cmpfiles(here, there, names, shallow=False) == (names, [], [])
    (there / "shard-000007.tar").write_bytes(b"")
    monkeypatch.setattr(command, "_print", lambda line: None)
    with pytest.raises(AssertionError):
        write(monkeypatch, there, "--engine", "ray", "--verify")


def test_an_exception_of_the_function_is_raised_by_the_executor(nodes: Cluster) -> None:
    def prepare(word: str) -> None:
        raise command.NodeMismatchError(word)

    def use(executor: OrderedExecutor) -> None:
        list(executor.map(len, [((),)]))

    with ray_cluster(prepare, ("another",)) as executor, pytest.raises(command.NodeMismatchError, match=r"^another$"):
        use(executor)
