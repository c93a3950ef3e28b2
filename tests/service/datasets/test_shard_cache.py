"""The shard cache: a shard is made once, and its memory is bounded."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from service.datasets.shard_cache import ShardCache


class Shards:
    """Makes shards of ten bytes once it may, and counts how often."""

    def __init__(self, max_bytes: int = 25) -> None:
        self.outcomes: Counter[str] = Counter()
        self.made: list[str] = []
        self.cancelled: list[str] = []
        self.may_finish = asyncio.Event()
        self.cache = ShardCache(max_bytes, lambda outcome: self.outcomes.update([outcome]))

    async def get(self, key: str, size: int = 10) -> bytes:
        async def make() -> bytes:
            self.made.append(key)
            try:
                await self.may_finish.wait()
            except asyncio.CancelledError:
                self.cancelled.append(key)
                raise
            if key == "broken":
                raise RuntimeError(key)
            return key.encode() * size

        return await self.cache.get(key, make)


def test_those_who_ask_at_once_share_one_computation() -> None:
    async def scenario() -> None:
        shards = Shards()
        askers = [asyncio.create_task(shards.get("a")) for _ in range(5)]
        await asyncio.sleep(0)
        askers[0].cancel()  # one leaves; the others still get it
        shards.may_finish.set()
        results = await asyncio.gather(*askers, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [b"a" * 10] * 4
        assert await shards.get("a") == b"a" * 10
        assert shards.made == ["a"]
        assert shards.outcomes == {"miss": 1, "joined": 4, "hit": 1}

    asyncio.run(scenario())


def test_it_is_cancelled_when_the_last_asker_leaves() -> None:
    async def scenario() -> None:
        shards = Shards()
        askers = [asyncio.create_task(shards.get("a")) for _ in range(2)]
        await asyncio.sleep(0.01)
        for asker in askers:
            asker.cancel()
        await asyncio.gather(*askers, return_exceptions=True)
        again = asyncio.create_task(shards.get("a"))  # does not join the one that is being cancelled
        await asyncio.sleep(0.01)
        shards.may_finish.set()
        assert await again == b"a" * 10
        assert (shards.made, shards.cancelled) == (["a", "a"], ["a"])

    asyncio.run(scenario())


def test_the_shards_asked_for_last_are_kept_within_the_bound() -> None:
    async def scenario() -> None:
        shards = Shards()
        shards.may_finish.set()
        for key in ("a", "b", "a", "c"):
            await shards.get(key)
        shards.made.clear()
        for key in ("a", "c", "b"):
            await shards.get(key)
        assert shards.made == ["b"]
        await shards.get("x", size=26)  # larger than all that may be kept
        await shards.get("b")
        await shards.get("x", size=26)
        assert shards.made == ["b", "x", "x"]

    asyncio.run(scenario())


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async def scenario() -> None:
        shards = Shards()
        shards.may_finish.set()
        for failure in await asyncio.gather(*(shards.get("broken") for _ in range(3)), return_exceptions=True):
            assert isinstance(failure, RuntimeError)
        with pytest.raises(RuntimeError, match="broken"):
            await shards.get("broken")
        assert shards.made == ["broken", "broken"]

    asyncio.run(scenario())
