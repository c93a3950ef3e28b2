"""`models`, `datasets`, `dataset`, `send_corpus`, `shard`: what a service has, and the data sets that it makes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from inkcode_client.calls import Call, Request
from inkcode_client.connection import Connection
from inkcode_client.parameters import DatasetParameters


@dataclass(frozen=True)
class Model:
    """A model: the digest of its file, whether `encode` reads its codes, and its card as the service gives it."""

    name: str
    sha256: str
    encoder: bool
    default: bool
    labels: tuple[str, ...]
    card: Mapping[str, Any]


@dataclass(frozen=True)
class Drawable:
    """A model from which data sets can be drawn: its labels, and the endings of the formats of shards."""

    model: str
    version: str
    labels: tuple[str, ...]
    formats: tuple[str, ...]
    default: bool


@dataclass(frozen=True)
class Shard:
    """A shard of a data set: the path of its URL, and how many samples it has."""

    url: str
    samples: int


@dataclass(frozen=True)
class Dataset:
    """A data set as its index describes it. It can be pickled, and be read by any process that reaches the service.

    `charset` are its labels, in the order of their numbers, or the characters of its texts. `has_masks`: whether each
    sample has a second picture, of which character the ink of a pixel is.
    """

    connection: Connection
    model: str
    charset: tuple[str, ...]
    has_masks: bool
    shards: tuple[Shard, ...]

    def __len__(self) -> int:
        """Its number of samples."""
        return sum(shard.samples for shard in self.shards)


def models(server: Connection) -> Call[list[Model]]:
    """The models of the service, by name."""
    document = (yield Request("GET", "models")).json()
    return [
        Model(card["name"], card["sha256"], card["encoder"], card["default"], _labels(card), card)
        for card in document["models"]
    ]


def datasets(server: Connection) -> Call[list[Drawable]]:
    """The models from which data sets can be drawn; the default is the one from whose samples others learn best."""
    document = (yield Request("GET", "datasets")).json()
    return [
        Drawable(
            entry["model"],
            entry["version"],
            tuple(entry["labels"]),
            tuple(entry["formats"]),
            entry["model"] == document["default"],
        )
        for entry in document["datasets"]
    ]


def dataset(server: Connection, model: str | None = None, **parameters: Unpack[DatasetParameters]) -> Call[Dataset]:
    """A data set of a model, or of the default one, to be read by `inkcode_client.torch` or `.huggingface`.

    Raises:
        ProblemError: a parameter does not fit the model.
        LookupError: no model has labels.
    """
    if model is None:
        model = (yield Request("GET", "datasets")).json()["default"]
        if model is None:
            raise LookupError("the service has no model with labels")
    index = (yield Request("GET", f"datasets/{model}/index.json", _query(parameters))).json()
    shards = tuple(Shard(shard["url"], shard["samples"]) for shard in index["shards"])
    return Dataset(server, index["model"], tuple(index["charset"]), parameters.get("masks", False), shards)


def send_corpus(server: Connection, texts: Iterable[str]) -> Call[str]:
    """Send texts that lines of data sets are to be written of; what is returned is what `corpus` of `dataset` takes.

    Raises:
        ProblemError: there are too many.
    """
    content = "".join(f"{text}\n" for text in texts).encode()
    response = yield Request("POST", "corpora", content=content, headers={"Content-Type": "text/plain"})
    return str(response.json()["id"])


def shard(server: Connection, shard: Shard) -> Call[bytes]:
    """The bytes of a shard: a tar of `KEY.png`, `KEY.txt`, `KEY.json` and, where labels are classes, `KEY.cls`.

    Raises:
        ProblemError: the service would now make another data set; ask for the data set again.
    """
    return (yield Request("GET", server.resolve(shard.url))).content


def _labels(card: Mapping[str, Any]) -> tuple[str, ...]:
    labels = (variable.get("labels") for variable in card["latent"]["variables"])
    return tuple(next(filter(None, labels), ()))


def _query(parameters: DatasetParameters) -> dict[str, str]:
    codes = parameters.get("codes", {})
    given = {name: value for name, value in parameters.items() if name != "codes"}
    return {name: _text(value) for name, value in {**given, **codes}.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(each, int | float) for each in value):
        return f"{value[0]}..{value[1]}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _comma_separated(value)
    return str(value)


def _comma_separated(items: Sequence[str]) -> str:
    """Items as a line of CSV: one with a comma is quoted."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(items)
    return line.getvalue()
