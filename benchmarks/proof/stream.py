"""A client of `/datasets`: it reads the index, then each shard as a tar stream."""

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
class StreamedSamples:
    """`n` labelled samples: `images` uint8 `(n, C, H, W)`, with the label and the metadata (`.json`) of each.

    `model` is `name@sha256[:12]`; `min_confidence` is the verifier's threshold, 0 if the samples are not verified.
    """

    model: str
    min_confidence: float
    images: NDArray[np.uint8]
    labels: list[str]
    metadata: list[dict[str, Any]]

    def label_indices(self, names: tuple[str, ...]) -> NDArray[np.intp]:
        """The index of each label in `names`, `(n,)`."""
        return np.array([names.index(label) for label in self.labels])

    def dataset(self, names: tuple[str, ...]) -> Dataset:
        """The samples as a data set of the trainer."""
        return Dataset(self.model, torch.from_numpy(self.images), torch.from_numpy(self.label_indices(names)), names)


def stream(server: Server, model: str, n: int, **query: object) -> StreamedSamples:
    """Fetch `n` samples of a model; `query` holds further parameters of the data set."""
    index = fetch_index(server, model, n=n, **query)
    files: dict[str, list[bytes]] = {"png": [], "txt": [], "json": []}
    for shard in index["shards"]:
        with open_path(server, shard["url"]) as answer, tarfile.open(fileobj=answer, mode="r|") as archive:
            for member in archive:
                kind, file = member.name.rpartition(".")[2], archive.extractfile(member)
                if kind in files and file:
                    files[kind].append(file.read())
    pictures = np.stack([np.asarray(Image.open(io.BytesIO(png))) for png in files["png"]])
    return StreamedSamples(
        model=index["model"],
        min_confidence=index["min_confidence"],
        images=pictures[:, None] if pictures.ndim == 3 else np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)),
        labels=[text.decode() for text in files["txt"]],
        metadata=[json.loads(text) for text in files["json"]],
    )


def fetch_index(server: Server, model: str, **query: object) -> Any:
    """The index of a data set."""
    with open_path(server, f"/datasets/{model}/index.json?{urlencode(query)}") as answer:
        return json.load(answer)


@contextmanager
def open_path(server: Server, path: str) -> Iterator[http.client.HTTPResponse]:
    """The answer to a GET request, to be read as a stream, on a new connection.

    Raises:
        ConnectionError: the status is not 200.
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
