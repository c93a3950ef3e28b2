"""The index of a data set: what it is and where its shards are; and the same for WebDataset's `wids`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from latent import CodeError
from service.datasets.plan import DatasetPlan

MAX_INDEX = 2**25
"""Bytes of the shards' URLs in an index, at most: each of them holds all parameters."""

MAX_URL = 60_000
"""Bytes of one such URL, at most; the server reads a few more."""

_SHARDS_AT_A_TIME = 1000  # one call that encodes 100,000 of them would hold the interpreter's lock for too long


def document(
    plan: DatasetPlan, acceptance_rate: float | None, charset_url: str, shard_url: Callable[[int], str]
) -> bytes:
    """The index as JSON. `acceptance_rate` is what the plan's method of this name returns."""
    verifier = plan.source.verifier if plan.min_confidence else None
    head: dict[str, object] = {
        "model": plan.source.version,
        "query": plan.query_string,
        "n": plan.spec.n,
        "seed": plan.spec.seed,
        "charset": plan.contents.charset,
        "charset_url": charset_url,
        "formats": plan.endings,
        "verifier": verifier and {"name": verifier.version, "accuracy": verifier.accuracy},
        "min_confidence": plan.min_confidence,
        "accepted": acceptance_rate,
    }
    return _with_shards(head, plan, shard_url, "shards", "samples")


def wids_document(plan: DatasetPlan, shard_url: Callable[[int], str]) -> bytes:
    """A shard index of WebDataset's `wids`, version 1: with the samples of each shard, an epoch over ranks is exact."""
    head: dict[str, object] = {"__kind__": "wids-shard-index-v1", "wids_version": 1, "name": plan.source.version}
    return _with_shards(head, plan, shard_url, "shardlist", "nsamples")


def _with_shards(
    head: dict[str, object], plan: DatasetPlan, shard_url: Callable[[int], str], name: str, count: str
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
