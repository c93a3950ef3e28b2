"""Lists in a parameter."""

from __future__ import annotations

import pytest

from latent import CodeError
from service.datasets import item_list


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("3,8", ["3", "8"]),
        ('"1,234",5', ["1,234", "5"]),
        ('"say ""no""",a', ['say "no"', "a"]),
        ("a:b", ["a:b"]),
        ("a,", ["a", ""]),
    ],
)
def test_a_comma_may_be_quoted(text: str, items: list[str]) -> None:
    assert item_list.split(text, "words") == items


@pytest.mark.parametrize("text", ['"a', '"a"b', "a\nb", "a" * 200_000])
def test_a_list_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CodeError, match="separated by commas"):
        item_list.split(text, "words")
