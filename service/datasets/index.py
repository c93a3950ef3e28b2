"""The index of a data set: what it is and where its shards are; and the same for WebDataset's `wids`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from service.datasets.formats import registry
from service.datasets.plan import DatasetPlan

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
        "formats": list(registry.SHARD_FORMATS),
        "verifier": verifier and {"name": verifier.version, "accuracy": verifier.accuracy},
        "min_confidence": plan.min_confidence,
        "accepted": acceptance_rate,
    }
    return _with_list(head, "shards", plan, lambda i: {"url": shard_url(i), "samples": len(plan.indices(i))})


def wids_document(plan: DatasetPlan, shard_url: Callable[[int], str]) -> bytes:
    """A shard index of WebDataset's `wids`, version 1: with the samples of each shard, an epoch over ranks is exact."""
    head: dict[str, object] = {"__kind__": "wids-shard-index-v1", "wids_version": 1, "name": plan.source.version}
    return _with_list(head, "shardlist", plan, lambda i: {"url": shard_url(i), "nsamples": len(plan.indices(i))})


def _with_list(
    head: dict[str, object], name: str, plan: DatasetPlan, entry: Callable[[int], dict[str, object]]
) -> bytes:
    """A JSON object: `head`, and under `name` the entry of each shard."""

    def parts() -> Iterator[bytes]:
        yield json.dumps(head, ensure_ascii=False).encode()[:-1]
        for first in range(0, len(plan), _SHARDS_AT_A_TIME):
            numbers = range(first, min(first + _SHARDS_AT_A_TIME, len(plan)))
            yield b", " if first else f', "{name}": ['.encode()
            yield json.dumps([entry(number) for number in numbers], ensure_ascii=False).encode()[1:-1]
        yield b"]}"

    return b"".join(parts())
