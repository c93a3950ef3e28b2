"""The index of a data set: what it is and where its shards are; and the same for WebDataset's `wids`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict  # typing's own does not suit pydantic before Python 3.12

from latent import CodeError
from service.datasets.plan import DatasetPlan

MAX_INDEX = 2**25
"""Bytes of the shards' URLs in an index, at most: each of them holds all parameters."""

MAX_URL = 60_000
"""Bytes of one such URL, at most; the server reads a few more."""

_SHARDS_AT_A_TIME = 1000  # one call that encodes 100,000 of them would hold the interpreter's lock for too long


class VerifiedBy(TypedDict):
    """The verifier that checks the samples."""

    name: str
    accuracy: Annotated[float, Field(description="On real images.")]


class IndexHead(TypedDict):
    """What a data set is."""

    model: Annotated[str, Field(examples=["mnist-infogan@0123456789ab"])]
    query: Annotated[str, Field(description="Its parameters.")]
    n: int
    seed: int
    charset: Annotated[tuple[str, ...], Field(description="Every label, in the order of their numbers.")]
    charset_url: str
    formats: Annotated[list[str], Field(description="Endings that the shards' URLs may have.")]
    verifier: VerifiedBy | None
    min_confidence: float
    accepted: Annotated[float | None, Field(description="Share of the first drafts that the verifier accepts.")]


class Shard(TypedDict):
    """A shard in the index."""

    url: str
    samples: int


class IndexDocument(IndexHead):
    """The index of a data set."""

    shards: list[Shard]


class WidsHead(TypedDict):
    """What `wids` reads first."""

    __kind__: Literal["wids-shard-index-v1"]
    wids_version: Literal[1]
    name: str


class WidsShard(TypedDict):
    """A shard as `wids` reads it."""

    url: str
    nsamples: int


class WidsDocument(WidsHead):
    """A shard index of WebDataset's `wids`."""

    shardlist: list[WidsShard]


def document(
    plan: DatasetPlan, acceptance_rate: float | None, charset_url: str, shard_url: Callable[[int], str]
) -> bytes:
    """The index as JSON. `acceptance_rate` is what the plan's method of this name returns."""
    verifier = plan.source.verifier if plan.min_confidence else None
    head: IndexHead = {
        "model": plan.source.version,
        "query": plan.query_string,
        "n": plan.spec.n,
        "seed": plan.spec.seed,
        "charset": plan.contents.charset,
        "charset_url": charset_url,
        "formats": plan.endings,
        "verifier": {"name": verifier.version, "accuracy": verifier.accuracy} if verifier else None,
        "min_confidence": plan.min_confidence,
        "accepted": acceptance_rate,
    }
    return _with_shards(head, plan, shard_url, "shards", "samples")


def wids_document(plan: DatasetPlan, shard_url: Callable[[int], str]) -> bytes:
    """A shard index of WebDataset's `wids`, version 1: with the samples of each shard, an epoch over ranks is exact."""
    head: WidsHead = {"__kind__": "wids-shard-index-v1", "wids_version": 1, "name": plan.source.version}
    return _with_shards(head, plan, shard_url, "shardlist", "nsamples")


def _with_shards(
    head: IndexHead | WidsHead, plan: DatasetPlan, shard_url: Callable[[int], str], name: str, count: str
) -> bytes:
    """A JSON object: `head`, and under `name` the `url` of each shard and, as `count`, how many samples it has.

    Raises:
        CodeError: the URLs would be too long.
    """
    shards, length = len(plan), len(shard_url(0))
    if length > MAX_URL or length * shards > MAX_INDEX:
        field = next((field for field in ("words", "labels", "balance") if field in plan.spec.model_fields_set), "size")
        expected = f"{shards} URLs of {length} characters are too much; ask for larger shards, or for fewer words"
        raise CodeError(field, getattr(plan.spec, field), f"{expected}: a corpus of them can be sent to /corpora")
    samples = [plan.spec.size] * (shards - 1) + [len(plan.indices(shards - 1))]

    def parts() -> Iterator[bytes]:
        yield json.dumps(head, ensure_ascii=False).encode()[:-1]
        for first in range(0, shards, _SHARDS_AT_A_TIME):
            entries = [
                {"url": shard_url(number), count: samples[number]}
                for number in range(first, min(first + _SHARDS_AT_A_TIME, shards))
            ]
            yield b", " if first else f', "{name}": ['.encode()
            yield json.dumps(entries, ensure_ascii=False).encode()[1:-1]
        yield b"]}"

    return b"".join(parts())
