"""Which label each sample gets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent import Categorical, CodeError
from service.datasets.balance import parse

DIGITS = Categorical(name="c1", size=10, labels=tuple("0123456789"))


@given(st.integers(0, 2**64 - 1), st.integers(0, 500), st.integers(1, 200))
def test_equal_shares_are_exact_in_every_block_and_independent_of_the_slice(seed: int, start: int, n: int) -> None:
    balance = parse(DIGITS, "7,1,4", "uniform")
    whole = balance.draw(seed, range(start + n))
    np.testing.assert_array_equal(balance.draw(seed, range(start, start + n)), whole[start:])
    counts = Counter(whole[: len(whole) // 3 * 3].tolist())
    assert set(counts.values()) <= {len(whole) // 3}
    assert set(counts) <= {7, 1, 4}


def test_equal_shares_are_shuffled() -> None:
    drawn = parse(DIGITS, None, "uniform").draw(1, range(1000)).reshape(100, 10)
    assert len({tuple(row) for row in drawn.tolist()}) > 95
    assert parse(DIGITS, None, "uniform").draw(2, range(1000)).tolist() != drawn.ravel().tolist()


@pytest.mark.parametrize("said", ["7:3,1:1", "1:0.5,7:1.5", "corpus:7177"])
def test_weights_hold_in_every_notation(said: str) -> None:
    drawn = parse(DIGITS, None, said).draw(5, range(4000))
    counts = Counter(drawn.tolist())
    assert set(counts) == {1, 7}
    assert counts[7] == pytest.approx(3000, abs=120)
    np.testing.assert_array_equal(drawn, parse(DIGITS, None, "7:3,1:1").draw(5, range(4000)))


@pytest.mark.parametrize(
    ("labels", "balance", "field", "expected"),
    [
        ("7,x", "uniform", "labels", "the labels are 0"),
        ("7,7", "uniform", "labels", "every label once"),
        ("7,", "uniform", "labels", "the labels are 0"),
        ("7", "7:1", "labels", "cannot be combined with `balance`"),
        (None, "even", "balance", "must be `uniform`"),
        (None, "7:1,7:2", "balance", "each label once"),
        (None, "7:-1", "balance", "from 0 on"),
        (None, "7:nan", "balance", "from 0 on"),
        (None, "7:inf", "balance", "from 0 on"),
        (None, "7:0", "balance", "above 0"),
        (None, "7:1e308,1:1e308", "balance", "finite sum"),
        (None, "x:1", "balance", "names 'x'; the labels are 0"),
        (None, "corpus:a1b", "balance", "names 'a', 'b'"),
        (None, "corpus:", "balance", "above 0"),
    ],
)
def test_a_balance_that_does_not_fit_is_refused_by_parameter(
    labels: str | None, balance: str, field: str, expected: str
) -> None:
    with pytest.raises(CodeError) as refused:
        parse(DIGITS, labels, balance)
    assert refused.value.field == field
    assert expected in refused.value.expected
