"""Data sets for Hugging Face `datasets`, which is imported when one is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from inkcode_client.catalogue import Dataset, Shard
from inkcode_client.client import Client
from inkcode_client.connection import Connection
from inkcode_client.shards import samples

if TYPE_CHECKING:
    import datasets


def iterable_dataset(dataset: Dataset) -> datasets.IterableDataset:
    """A data set as an `IterableDataset` with the columns of the service's Parquet files.

    `image` and, where there are masks, `mask` are images; `label` is the label as a text; `facts` is JSON.

    `datasets` divides its shards over ranks (`split_dataset_by_node`) and over the workers of a `DataLoader`, shuffles
    them by epoch (`shuffle`, `set_epoch`) and resumes (`state_dict`, `load_state_dict`).
    """
    import datasets

    columns: dict[str, Any] = {"image": datasets.Image()}
    if dataset.has_masks:
        columns["mask"] = datasets.Image()
    columns |= {"label": datasets.Value("string"), "facts": datasets.Value("string")}
    arguments = {"shards": list(dataset.shards), "connection": dataset.connection, "has_masks": dataset.has_masks}
    return datasets.IterableDataset.from_generator(_rows, datasets.Features(columns), arguments)


def _rows(shards: list[Shard], connection: Connection, has_masks: bool) -> Iterator[dict[str, Any]]:
    """The rows of these shards; `datasets` divides the list."""
    with Client(connection) as client:
        for shard in shards:
            for sample in samples(shard, client.shard(shard)):
                row = {"image": _image(sample.png), "label": sample.label, "facts": sample.facts_json}
                yield {**row, "mask": _image(sample.mask_png)} if has_masks else row


def _image(content: bytes | None) -> dict[str, Any]:
    return {"bytes": content, "path": None}
