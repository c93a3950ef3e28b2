"""The samples of a shard."""

from __future__ import annotations

import io
import tarfile

import pytest
from inkcode_client import Client, Shard
from inkcode_client.shards import samples


def test_samples_are_what_tarfile_reads(address: str) -> None:
    with Client(address) as client:
        dataset = client.dataset(n=12, size=12)
        content = client.shard(dataset.shards[0])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    found = samples(dataset.shards[0], content)
    assert [sample.key for sample in found] == [f"{i:09d}" for i in range(12)]
    for sample in found:
        assert sample.png == files[f"{sample.key}.png"]
        assert sample.label == files[f"{sample.key}.txt"].decode()
        assert str(sample.class_index) == files[f"{sample.key}.cls"].decode()
        assert sample.facts_json == files[f"{sample.key}.json"].decode()


def test_a_shard_with_another_number_of_samples_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 samples; its index says 3"):
        samples(Shard("/x.tar", 3), bytes(1024))
