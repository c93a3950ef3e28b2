"""Read a data set of a running Inkcode service with the webdataset library. A training job needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urlencode
from urllib.request import urlopen

import webdataset
from numpy.typing import NDArray

Sample = tuple[NDArray[Any], Any]
"""A greyscale picture, uint8 `(height, width)`, white on black, and its label: a text or a number."""


def stream(service: str, model: str, label: Literal["txt", "cls"] = "txt", **query: Any) -> Iterator[Sample]:
    """The samples of a data set in order, streamed; `query` holds its parameters.

    `label` is `txt`, the text, or `cls`, the label's number. The samples are independent draws and need no shuffling.
    webdataset reads by curl, which retries when the service is busy.

    Raises:
        urllib.error.HTTPError: the service refused the query.
    """
    with urlopen(f"{service}/datasets/{model}/index.json?{urlencode(query)}") as answer:
        index = json.load(answer)
    shards = [service + shard["url"] for shard in index["shards"]]
    samples = webdataset.WebDataset(shards, shardshuffle=False).decode("l8").to_tuple("png", label)
    return iter(samples)
