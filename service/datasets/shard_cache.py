"""The bytes of the shards that were made last: readers ask for one shard many times, by HEAD and range by range."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["hit", "joined", "miss"]
"""How a shard was come by: it was kept, another request was having it made, or it was made for this one."""


@dataclass
class _Making:
    task: asyncio.Future[bytes]
    askers: int = 0


class ShardCache:
    """Shards by their key, at most `max_bytes` bytes of them: those that were not asked for the longest are dropped.

    A shard is made once, however many ask for it at the same time (single flight). `observe` is told of each outcome.
    """

    def __init__(self, max_bytes: int, observe: Callable[[Outcome], None]) -> None:
        self._max_bytes, self._observe = max_bytes, observe
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, _Making] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The shard of this key, made by `make` if it is not kept.

        Making it is cancelled when the last of those who wait for it is cancelled.

        Raises:
            Exception: what `make` raises, to all who wait for it.
        """
        if key in self._kept:
            self._observe("hit")
            self._kept.move_to_end(key)
            return self._kept[key]
        making = self._making.get(key)
        self._observe("joined" if making else "miss")
        if not making:
            making = self._making[key] = _Making(asyncio.ensure_future(make()))
            making.task.add_done_callback(lambda task: self._on_made(key, task))
        making.askers += 1
        try:
            return await asyncio.shield(making.task)
        finally:
            making.askers -= 1
            if not making.askers and not making.task.done():
                making.task.cancel()
                self._forget(key, making.task)  # who asks from now on must not wait for a cancelled task

    def _on_made(self, key: str, task: asyncio.Future[bytes]) -> None:
        self._forget(key, task)
        if task.cancelled() or task.exception():  # retrieve the exception, so that asyncio does not log it
            return
        content = task.result()
        if len(content) <= self._max_bytes:
            self._kept[key] = content
            self._bytes += len(content)
        while self._bytes > self._max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)

    def _forget(self, key: str, task: asyncio.Future[bytes]) -> None:
        making = self._making.get(key)
        if making and making.task is task:
            del self._making[key]
