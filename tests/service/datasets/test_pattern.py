"""Patterns: Python's `re` matches every text, and patterns of long texts are refused."""

from __future__ import annotations

import re
from random import Random

import pytest

from latent import CodeError
from service.datasets.pattern import parse


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{4}-\d{2}-\d{2}",
        "a",
        "[a-f0-9]{1,8}",
        "[-x]y",
        "(no|yes|)maybe",
        r"\[\d\]\\",
        "(1|2(3|4){2}){1,5}",
        "x?y{0,3}z",
        r"[\d.]{3}",
        "永[一二三]",
    ],
)
def test_every_text_matches(pattern: str) -> None:
    parsed, source = parse(pattern, 64), Random(0)  # noqa: S311 - a stand-in for a sample's own numbers
    texts = {parsed.draw(source.random) for _ in range(300)}
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert set("".join(texts)) <= parsed.alphabet
    lengths = [len(text) for text in texts]
    assert parsed.shortest <= min(lengths) <= max(lengths) <= parsed.longest


def test_every_possible_text_is_drawn() -> None:
    parsed, source = parse("(a|b)c?[01]{0,1}", 64), Random(0)  # noqa: S311 - a stand-in for a sample's own numbers
    assert len({parsed.draw(source.random) for _ in range(500)}) == 12


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"\d{65}", "1 to 64 characters, not of 65 to 65"),
        ("(((a{9}){9}){9}){9}", "not of 6561"),
        ("a?", "not of 0 to 1"),
        ("a{0}", "not of 0 to 0"),
        ("(|){300}a", "at most 256 choices"),
        ("a*", r"`\*` at character 2"),
        ("a+", r"`\+` at character 2"),
        (".", r"`\.` at character 1"),
        (r"\w", r"`\\w` at character 2"),
        ("(a", r"a `\(` without its `\)`"),
        ("a)", r"`\)` without its `\(`"),
        ("[a", "the end"),
        ("[b-a]", "`b-a`"),
        ("[\u0020-\uffff]", "` -"),
        ("a{2,1}", r"`\{2,1\}`"),
        ("a{x}", "`{`"),
        ("a{", "`{`"),
        ("a{9999}", "`{`"),
        ("?", r"`\?` at character 1"),
        ("(" * 99, "more than 16 groups"),
        ("\\", "the end"),
    ],
)
def test_a_syntax_error_is_refused_with_its_position(pattern: str, said: str) -> None:
    with pytest.raises(CodeError, match=said) as refused:
        parse(pattern, 64)
    assert refused.value.field == "pattern"
