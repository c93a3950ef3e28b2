"""Paths of shards: options that no client or proxy decodes by mistake."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latent import CodeError
from service.datasets.shard_path import decode_options, encode_options, file_name, parse_file_name

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXTS, TEXTS))
def test_options_survive_and_need_no_percent_sign(options: dict[str, str]) -> None:
    segment = encode_options(options)
    assert re.fullmatch(r"[A-Za-z0-9._~=,-]*", segment)
    assert not options or decode_options(segment) == options


def test_an_option_reads_as_it_is_written() -> None:
    segment = encode_options({"words": 'a,"b~', "n": "60", "c2": "-1..1"})
    assert segment == "c2=-1..1,n=60,words=a~2C~22b~7E"


@pytest.mark.parametrize("segment", ["", "n", "n=1,", "n=1/2", "n=~2", "n=~FF", "n=%32", "n=1&seed=2"])
def test_what_the_index_does_not_write_is_refused(segment: str) -> None:
    with pytest.raises(CodeError, match="as the index gives it"):
        decode_options(segment)


def test_an_option_is_given_once() -> None:
    with pytest.raises(CodeError, match="must be given once"):
        decode_options("n=1,n=2")


def test_a_file_name_is_read_back() -> None:
    name = file_name("0123456789abcdef", 7, "paddle.tar")
    assert name == "0123456789abcdef-000007.paddle.tar"
    assert parse_file_name(name) == ("0123456789abcdef", 7, "paddle.tar")
    for wrong in ("shard-000007.tar", "0123456789abcdef-7.tar", "0123456789abcdef-000007"):
        assert parse_file_name(wrong) is None
