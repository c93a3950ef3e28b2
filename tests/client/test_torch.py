"""Streams for torch: exact over workers and ranks, in an order of the epoch, and after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from inkcode_client import Client, Dataset
from inkcode_client import torch as streams
from inkcode_client.shards import Sample, _ahead
from inkcode_client.torch import Stream

from tests.client.training import N

ROOT = Path(__file__).parents[2]


def key(sample: Sample) -> int:
    return int(sample.key)


@pytest.fixture(scope="module")
def dataset(address: str) -> Dataset:
    with Client(address) as client:
        return client.dataset(n=53, size=10, seed=1)


def run(address: str, folder: Path, ranks: int, workers: int, epochs: int, kill_after: int = 0) -> None:
    """Train in a process for each rank; all are to end well, or to be killed."""
    (folder / "store").unlink(missing_ok=True)
    path = os.pathsep.join([str(ROOT), str(ROOT / "client")])
    # torch warns where there are more workers than cores.
    warnings = ["-W", "error", "-W", "ignore:This DataLoader will create:UserWarning"]
    command = [sys.executable, *warnings, "-m", "tests.client.training", address, str(folder)]
    processes = [
        subprocess.Popen(
            [*command, *map(str, (rank, ranks, workers, epochs, kill_after))],
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(ranks)
    ]
    try:
        ended = [process.communicate(timeout=240)[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    for process, errors in zip(processes, ended, strict=True):
        assert process.returncode == (-signal.SIGKILL if kill_after else 0), errors


def lines(folder: Path, rank: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{rank}.jsonl").read_text().splitlines()]


def keys(folder: Path, ranks: int, epoch: int) -> list[list[int]]:
    """The keys that each rank was given in an epoch."""
    logs = [lines(folder, rank) for rank in range(ranks)]
    return [[int(key) for line in log if line["epoch"] == epoch for key in line["keys"]] for log in logs]


def test_every_sample_once_an_epoch_over_4_workers_and_2_ranks_also_after_a_kill(address: str, tmp_path: Path) -> None:
    run(address, tmp_path, ranks=2, workers=4, epochs=2, kill_after=10)
    assert [len(lines(tmp_path, rank)) for rank in (0, 1)] == [10, 10]
    state = lines(tmp_path, 0)[-1]["state"]
    assert (state["epoch"], state["sample"]) == (0, 70)
    run(address, tmp_path, ranks=2, workers=3, epochs=2)
    orders = [keys(tmp_path, 2, epoch) for epoch in (0, 1)]
    for order in orders:
        assert Counter(order[0] + order[1]) == Counter(range(N))
        assert abs(len(order[0]) - len(order[1])) <= 1
    assert orders[0] != orders[1]


def test_a_plain_data_loader_is_exact_too(address: str, tmp_path: Path) -> None:
    run(address, tmp_path, ranks=1, workers=2, epochs=2)
    for epoch in (0, 1):
        assert sorted(keys(tmp_path, 1, epoch)[0]) == list(range(N))


@pytest.mark.parametrize(("workers", "ranks"), [(1, 1), (4, 2), (2, 7)])
def test_readers_of_any_number_divide_an_epoch(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, workers: int, ranks: int
) -> None:
    found = []
    for rank in range(ranks):
        stream = Stream(dataset, key, rank=rank, world_size=ranks)
        for worker in range(workers):
            info = SimpleNamespace(id=worker, num_workers=workers)
            monkeypatch.setattr(streams, "get_worker_info", lambda info=info: info)
            found += stream
    assert sorted(found) == list(range(53))


def test_each_epoch_has_its_order_which_is_repeated(dataset: Dataset) -> None:
    stream, again = Stream(dataset, key), Stream(dataset, key)
    first, second = list(stream), list(stream)
    assert stream.epoch == 2
    assert sorted(first) == sorted(second) == list(range(53))
    assert first != second
    again.set_epoch(1)
    assert list(again) == second
    assert list(Stream(dataset, key, seed=1)) != first
    assert list(Stream(dataset, key, shuffle=False)) == list(range(53))


def test_a_state_resumes_at_its_sample(dataset: Dataset) -> None:
    stream = Stream(dataset, key)
    whole = list(Stream(dataset, key))
    stream.set_epoch(0)
    reading = iter(stream)
    seen = [next(reading) for _ in range(17)]
    state = json.loads(json.dumps(stream.state_dict()))
    assert (state["epoch"], state["sample"]) == (0, 17)
    resumed = Stream(dataset, key)
    resumed.load_state_dict(state)
    resumed.set_epoch(0)  # as a training does at the begin of each epoch
    assert seen + list(resumed) == whole
    assert (resumed.epoch, resumed.state_dict()["sample"]) == (1, 0)


def test_a_state_of_another_stream_is_refused(dataset: Dataset) -> None:
    state = Stream(dataset).state_dict()
    for other in (Stream(dataset, seed=2), Stream(dataset, rank=1, world_size=2), Stream(dataset, shuffle=False)):
        with pytest.raises(ValueError, match="of another"):
            other.load_state_dict(state)


def test_a_loader_collates_counts_and_goes_on(dataset: Dataset) -> None:
    loader = Stream(dataset).loader(8, drop_last=True)
    images, labels = next(iter(loader))
    assert (images.shape, images.dtype, labels.shape) == ((8, 1, 2, 74), torch.uint8, (8,))
    assert loader.state_dict()["sample"] == 8
    other = Stream(dataset).loader(8)
    other.load_state_dict(loader.state_dict())
    assert [len(labels) for _, labels in other] == [8, 8, 8, 8, 8, 5]
    assert len(list(loader)) == 5
    assert loader.stream.epoch == other.stream.epoch == 1
    with pytest.raises(ValueError, match="persistent_workers"):
        Stream(dataset).loader(8, num_workers=2, persistent_workers=True)


def test_labels_of_lines_are_texts_and_colour_has_three_channels(address: str) -> None:
    with Client(address) as client:
        lines_of_text = client.dataset(n=5, size=5, words=["12"], height=32)
    image, label = next(iter(Stream(lines_of_text)))
    assert label == "12"
    assert image.shape[:2] == (1, 32)
    sample = SimpleNamespace(image=image[0][..., None].repeat(1, 1, 3).numpy(), class_index=1)
    assert streams.to_tensor(sample)[0].shape == (3, *image.shape[1:])  # type: ignore[arg-type]


def test_a_rank_without_samples_and_one_that_cannot_be(address: str) -> None:
    with Client(address) as client:
        small = client.dataset(n=1, size=1)
    empty = Stream(small, rank=0, world_size=2)
    assert empty.samples_per_epoch == 0
    assert list(empty) == []
    assert empty.epoch == 1
    with pytest.raises(ValueError, match="rank 2"):
        Stream(small, rank=2, world_size=2)


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_shards_are_fetched_while_one_is_used(ahead: int) -> None:
    begun: list[int] = []
    reached = threading.Event()

    def fetch(item: int) -> int:
        begun.append(item)
        if item == ahead:
            reached.set()
        return item

    fetched = _ahead(fetch, iter(range(9)), ahead)
    assert next(fetched) == 0
    assert reached.wait(10)
    assert max(begun) == ahead
    assert list(fetched) == list(range(1, 9))


def test_a_fetch_that_fails_ends_the_others() -> None:
    def fetch(item: int) -> int:
        if item == 2:
            raise OSError("lost")
        return item

    fetched: Callable[..., Iterator[int]] = lambda: _ahead(fetch, iter(range(9)), 2)  # noqa: E731
    with pytest.raises(OSError, match="lost"):
        list(fetched())
