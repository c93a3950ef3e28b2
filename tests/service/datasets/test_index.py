"""Indexes of shards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from latent import CodeError
from service.datasets import index


def test_an_index_has_every_shard_and_its_samples(lab: Any) -> None:
    plan = lab.plan(n=2001, size=1)
    document = json.loads(index.document(plan, 0.5, "charset.txt", lambda number: f"{number}.tar"))
    assert document["shards"] == [{"url": f"{number}.tar", "samples": 1} for number in range(2001)]
    assert (document["accepted"], document["charset_url"]) == (0.5, "charset.txt")
    plan = lab.plan(n=25, size=10)
    shards = json.loads(index.document(plan, None, "", str))["shards"]
    assert [shard["samples"] for shard in shards] == [10, 10, 5]


def test_wids_reads_its_index(lab: Any) -> None:
    document = json.loads(index.wids_document(lab.plan(n=25, size=10), lambda number: f"/{number}.tar"))
    # As wids/wids_specs.py checks it, and wids/wids.py sums it up.
    assert document["wids_version"] == 1
    assert [shard["nsamples"] for shard in document["shardlist"]] == [10, 10, 5]
    assert [shard["url"] for shard in document["shardlist"]] == ["/0.tar", "/1.tar", "/2.tar"]


def test_an_index_has_a_bound(lab: Any) -> None:
    plan = lab.plan(n=100_000, size=1, words="1,22")
    with pytest.raises(CodeError, match="can be sent to /corpora") as refused:
        index.document(plan, None, "", lambda number: "x" * 1000)
    assert refused.value.field == "words"
    with pytest.raises(CodeError, match="1 URLs of 60001 characters"):
        index.document(lab.plan(n=1), None, "", lambda number: "x" * 60_001)
