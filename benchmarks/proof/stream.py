"""A stock client of `/datasets`: shards by the index, each an HTTP answer read as a tar."""

from __future__ import annotations

import http.client
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.serving import Server
from trainer.data import Dataset


@dataclass(frozen=True)
class Streamed:
    """Labelled pictures: `images` uint8 `(n, C, H, W)`, the label and the facts of each; `model` is `name@sha256[:12]`.

    `floor` is the least confidence that the verifier had to have; 0 where nobody read.
    """

    model: str
    floor: float
    images: NDArray[np.uint8]
    labels: list[str]
    facts: list[dict[str, Any]]

    def numbers(self, names: tuple[str, ...]) -> NDArray[np.intp]:
        """Where each label stands among `names`, `(n,)`."""
        return np.array([names.index(label) for label in self.labels])

    def dataset(self, names: tuple[str, ...]) -> Dataset:
        """The same to train on."""
        return Dataset(self.model, torch.from_numpy(self.images), torch.from_numpy(self.numbers(names)), names)


def stream(server: Server, model: str, n: int, **query: object) -> Streamed:
    """`n` samples of a model."""
    index = index_of(server, model, n=n, **query)
    files: dict[str, list[bytes]] = {"png": [], "txt": [], "json": []}
    for shard in index["shards"]:
        with opened(server, shard["url"]) as answer, tarfile.open(fileobj=answer, mode="r|") as archive:
            for member in archive:
                kind, file = member.name.rpartition(".")[2], archive.extractfile(member)
                if kind in files and file:
                    files[kind].append(file.read())
    pictures = np.stack([np.asarray(Image.open(io.BytesIO(png))) for png in files["png"]])
    return Streamed(
        model=index["model"],
        floor=index["min_confidence"],
        images=pictures[:, None] if pictures.ndim == 3 else np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)),
        labels=[text.decode() for text in files["txt"]],
        facts=[json.loads(text) for text in files["json"]],
    )


def index_of(server: Server, model: str, **query: object) -> Any:
    """The index of a data set."""
    with opened(server, f"/datasets/{model}/index.json?{urlencode(query)}") as answer:
        return json.load(answer)


@contextmanager
def opened(server: Server, path: str) -> Iterator[http.client.HTTPResponse]:
    """A path's answer, to be read as it comes, on a connection of its own.

    Raises:
        ConnectionError: it is refused.
    """
    connection = http.client.HTTPConnection(server.host, server.port)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise ConnectionError(f"{path}: {answer.status} {answer.read(1000).decode()}")
        yield answer
    finally:
        connection.close()
