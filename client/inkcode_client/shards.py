"""The samples of a shard, a tar as WebDataset has it; and shards that are fetched ahead."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from inkcode_client.catalogue import Dataset, Shard
from inkcode_client.client import Client
from inkcode_client.epochs import Epoch
from inkcode_client.pictures import Picture, decode_png

_BLOCK = 512

S = TypeVar("S")
R = TypeVar("R")


class Sample:
    """A picture and its label. What is not asked for is not decoded."""

    def __init__(self, key: str, files: dict[str, bytes]) -> None:
        self.key = key
        self._files = files

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        return self._files["png"]

    @cached_property
    def image(self) -> Picture:
        """The picture, uint8 `(H, W)` or `(H, W, 3)`."""
        return decode_png(self._files["png"])

    @property
    def mask_png(self) -> bytes | None:
        """The mask as a PNG file; None where the data set has none."""
        return self._files.get("mask.png")

    @property
    def mask(self) -> Picture | None:
        """Of which character, from 1, the ink of a pixel is; 0 is paper."""
        return decode_png(self._files["mask.png"]) if "mask.png" in self._files else None

    @property
    def label(self) -> str:
        """The label as a text."""
        return self._files["txt"].decode()

    @property
    def class_index(self) -> int | None:
        """The number of the label in the data set's `charset`; None for texts."""
        number = self._files.get("cls")
        return None if number is None else int(number)

    @property
    def facts_json(self) -> str:
        """Everything that is known of the sample, as JSON."""
        return self._files["json"].decode()

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Everything that is known of the sample: its index, seed, codes, and the boxes of a line's characters."""
        facts: dict[str, Any] = json.loads(self._files["json"])
        return facts


def samples(shard: Shard, content: bytes) -> list[Sample]:
    """The samples of a shard, in order.

    Raises:
        ValueError: it has not as many as the index says.
    """
    found: dict[str, dict[str, bytes]] = {}
    for name, file in _files(content):
        key, _, ending = name.partition(".")
        if key in found:
            found[key][ending] = file
        else:
            found[key] = {ending: file}
    if len(found) != shard.samples:
        raise ValueError(f"{shard.url} has {len(found)} samples; its index says {shard.samples}")
    return [Sample(key, files) for key, files in found.items()]


def _files(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a tar (POSIX.1-1988 ustar). `tarfile` would take several times as long as decoding the pictures."""
    at = 0
    while at < len(content) and content[at]:
        size = int(content[at + 124 : at + 135], 8)
        start = at + _BLOCK
        yield content[at : content.index(0, at)].decode("ascii"), content[start : start + size]
        at = start + (size + _BLOCK - 1) // _BLOCK * _BLOCK


def read(dataset: Dataset, epoch: Epoch, positions: Iterable[range], ahead: int) -> Iterator[Sample]:
    """The samples at these positions of an epoch. `ahead` shards are fetched while one is decoded."""
    parts = list(epoch.parts(positions))
    shards = (dataset.shards[part.shard] for part in parts)
    with Client(dataset.connection) as client, closing(_ahead(client.shard, shards, ahead)) as contents:
        for part, content in zip(parts, contents, strict=True):
            found = samples(dataset.shards[part.shard], content)
            yield from (found[number] for number in epoch.samples(part))


def _ahead(fetch: Callable[[S], R], items: Iterator[S], ahead: int) -> Generator[R, None, None]:
    """`fetch` of each item, in order; `ahead` of them are fetched by threads while one is used."""
    if not ahead:
        yield from map(fetch, items)
        return
    threads = ThreadPoolExecutor(ahead, "inkcode-fetch")
    try:
        pending: deque[Future[R]] = deque(threads.submit(fetch, item) for item in islice(items, ahead))
        while pending:
            result = pending.popleft().result()
            pending.extend(threads.submit(fetch, item) for item in islice(items, 1))
            yield result
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
