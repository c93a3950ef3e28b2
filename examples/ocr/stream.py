"""A data set of a running Inkcode service, read as any WebDataset is: this file is all that a training job needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlencode
from urllib.request import urlopen

import webdataset
from numpy.typing import NDArray

Sample = tuple[NDArray[Any], Any]
"""A picture, grey uint8 `(height, width)`, white on black, and its label."""


def default_model(service: str) -> str:
    """The name of the model that the service at this address draws by where none is named."""
    with urlopen(f"{service}/datasets") as answer:
        return str(json.load(answer)["default"])


def stream(service: str, model: str, label: Literal["txt", "cls"] = "txt", **query: Any) -> Iterator[Sample]:
    """The samples of a data set, in order, while its shards are being drawn; `label` is `txt` or `cls`, the number.

    They are independent of one another already, so there is nothing to shuffle. What the service refuses for now,
    curl, by which webdataset reads, asks again.
    """
    with urlopen(f"{service}/datasets/{model}/index.json?{urlencode(query)}") as answer:
        index = json.load(answer)
    shards = [service + shard["url"] for shard in index["shards"]]
    samples = webdataset.WebDataset(shards, shardshuffle=False).decode("l8").to_tuple("png", label)
    return iter(samples)
