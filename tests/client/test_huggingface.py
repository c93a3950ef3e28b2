"""Data sets for Hugging Face `datasets`, without a network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from inkcode_client import Client, Dataset
from inkcode_client.huggingface import iterable_dataset


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package, which reads its settings when it is imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        patch.setenv("HF_HUB_OFFLINE", "1")
        import datasets

        datasets.disable_progress_bars()
        yield datasets


@pytest.fixture(scope="module")
def dataset(address: str) -> Dataset:
    with Client(address) as client:
        return client.dataset(n=53, size=10, seed=1)


def indices(rows: Any) -> list[int]:
    return [json.loads(row["facts"])["index"] for row in rows]


def test_rows_are_the_samples(hub: Any, dataset: Dataset) -> None:
    rows = list(iterable_dataset(dataset))
    assert indices(rows) == list(range(53))
    assert rows[0]["image"].size == (74, 2)
    assert rows[0]["label"] in dataset.charset
    assert set(rows[0]) == {"image", "label", "facts"}


def test_masks_are_images(hub: Any, address: str) -> None:
    with Client(address) as client:
        lines = client.dataset(n=3, size=3, words=["12"], height=32, masks=True)
    row = next(iter(iterable_dataset(lines)))
    assert row["mask"].size == row["image"].size


def test_every_sample_once_over_4_workers_and_2_ranks(hub: Any, dataset: Dataset) -> None:
    from datasets.distributed import split_dataset_by_node

    whole = iterable_dataset(dataset).shuffle(seed=1, buffer_size=5)
    whole.set_epoch(1)
    ranks = [split_dataset_by_node(whole, rank, 2) for rank in range(2)]
    assert sorted(indices(ranks[0]) + indices(ranks[1])) == list(range(53))
    workers = [iterable_dataset(dataset).shard(4, worker) for worker in range(4)]
    assert sorted(index for worker in workers for index in indices(worker)) == list(range(53))


def test_the_order_is_of_the_epoch_and_a_state_resumes(hub: Any, dataset: Dataset) -> None:
    first, second = (iterable_dataset(dataset).shuffle(seed=1, buffer_size=1) for _ in range(2))
    second.set_epoch(1)
    assert indices(first) != indices(second)
    reading = iter(second)
    seen = indices(next(reading) for _ in range(17))
    resumed = iterable_dataset(dataset).shuffle(seed=1, buffer_size=1)
    resumed.set_epoch(1)
    resumed.load_state_dict(second.state_dict())
    assert sorted(seen + indices(resumed)) == list(range(53))
