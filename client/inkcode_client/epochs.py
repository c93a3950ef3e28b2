"""The order of a data set's samples in an epoch, and how it is divided.

An epoch is a sequence of all samples: the shards in an order that is drawn, and the samples of each in an order that is
drawn. A position is a place in this sequence. Readers are given ranges of positions, so that together they read every
sample once, for shards of any sizes; a shard in which one reader's range ends and another's begins is fetched by both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import numpy as np


@dataclass(frozen=True)
class Part:
    """Samples `start` to `stop` of one shard, in the order in which the epoch has them."""

    shard: int
    start: int
    stop: int


@dataclass(frozen=True)
class Epoch:
    """The order of epoch `number`. `sizes` are the shards' numbers of samples; every `seed` has orders of its own."""

    sizes: tuple[int, ...]
    number: int
    seed: int
    shuffle: bool = True

    @cached_property
    def _order(self) -> list[int]:
        return self._permutation(len(self.sizes), 0)

    @cached_property
    def _ends(self) -> list[int]:
        """The position after the last one of each shard, in their order."""
        return list(accumulate(self.sizes[shard] for shard in self._order))

    def parts(self, positions: Iterable[range]) -> Iterator[Part]:
        """What is to be read, shard by shard, for ranges of positions."""
        for wanted in positions:
            place = bisect_right(self._ends, wanted.start)
            start = wanted.start
            while start < wanted.stop:
                shard, end = self._order[place], self._ends[place]
                begin = end - self.sizes[shard]
                stop = min(end, wanted.stop)
                yield Part(shard, start - begin, stop - begin)
                start, place = stop, place + 1

    def samples(self, part: Part) -> list[int]:
        """The numbers of a part's samples in their shard."""
        return self._permutation(self.sizes[part.shard], part.shard + 1)[part.start : part.stop]

    def _permutation(self, length: int, stream: int) -> list[int]:
        """A random order of `length` things. Sorted bits of Philox are the same in every version of NumPy (NEP 19)."""
        if not self.shuffle:
            return list(range(length))
        key = np.array([self.seed, self.number], np.uint64)
        bits = np.random.Philox(key=key, counter=np.array([0, 0, 0, stream], np.uint64)).random_raw(length)
        return [int(number) for number in np.argsort(bits, kind="stable")]


def divide(ranges: Sequence[range], reader: int, readers: int) -> list[range]:
    """The part of one of `readers`: their numbers of positions differ by one at most, and each keeps the order."""
    total = sum(map(len, ranges))
    skip, left = total * reader // readers, total * (reader + 1) // readers - total * reader // readers
    found = []
    for each in ranges:
        taken = each[skip : skip + left]
        skip = max(0, skip - len(each))
        left -= len(taken)
        if taken:
            found.append(taken)
    return found


def after(ranges: Sequence[range], count: int) -> list[range]:
    """What is left of ranges when their first `count` positions have been read."""
    found = []
    for each in ranges:
        if left := each[count:]:
            found.append(left)
        count = max(0, count - len(each))
    return found
