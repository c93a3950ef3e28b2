"""The order of an epoch, and how it is divided."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inkcode_client.epochs import Epoch, Part, after, divide

SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=8).map(tuple)


def read(epoch: Epoch, ranges: list[range]) -> list[tuple[int, int]]:
    return [(part.shard, number) for part in epoch.parts(ranges) for number in epoch.samples(part)]


@given(SIZES, st.integers(0, 3), st.booleans(), st.integers(1, 12), st.integers(1, 5), st.data())
def test_readers_read_every_sample_once_also_after_an_interruption(
    sizes: tuple[int, ...], number: int, shuffle: bool, readers: int, others: int, data: st.DataObject
) -> None:
    epoch, total = Epoch(sizes, number, 5, shuffle), sum(sizes)
    left, seen = [], Counter[tuple[int, int]]()
    for reader in range(readers):
        share = divide([range(total)], reader, readers)
        count = data.draw(st.integers(0, sum(map(len, share))))
        seen.update(read(epoch, share)[:count])
        left += after(share, count)
    sizes_left = [sum(map(len, divide(left, reader, others))) for reader in range(others)]
    assert max(sizes_left) - min(sizes_left) <= 1
    for reader in range(others):
        seen.update(read(epoch, divide(left, reader, others)))
    assert seen == Counter((shard, i) for shard, size in enumerate(sizes) for i in range(size))


def test_the_order_is_of_the_seed_and_the_epoch_and_stays_so() -> None:
    orders = [read(Epoch((4, 4, 2), number, seed), [range(10)]) for number, seed in ((0, 0), (1, 0), (0, 1))]
    assert len(set(map(tuple, orders))) == 3
    assert orders[0] == read(Epoch((4, 4, 2), 0, 0), [range(3), range(3, 10)])
    assert read(Epoch((4, 4, 2), 7, 7, shuffle=False), [range(10)]) == sorted(orders[0])
    assert orders[1] == FIXED


FIXED = [(2, 1), (2, 0), (1, 3), (1, 2), (1, 0), (1, 1), (0, 0), (0, 1), (0, 2), (0, 3)]
"""That of another version would make a state of this version read other samples."""


def test_a_part_is_of_one_shard() -> None:
    epoch = Epoch((4, 4, 2), 0, 0, shuffle=False)
    assert list(epoch.parts([range(2, 5), range(9, 10)])) == [Part(0, 2, 4), Part(1, 0, 1), Part(2, 1, 2)]


@pytest.mark.parametrize("readers", [1, 3, 11])
def test_a_division_keeps_the_order(readers: int) -> None:
    ranges = [range(3, 5), range(9, 15)]
    divided = [position for reader in range(readers) for part in divide(ranges, reader, readers) for position in part]
    assert divided == [3, 4, 9, 10, 11, 12, 13, 14]
