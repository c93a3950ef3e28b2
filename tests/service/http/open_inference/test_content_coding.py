"""Content codings of bodies."""

from __future__ import annotations

import gzip
import zlib

import pytest

from service.http.open_inference.content_coding import CODINGS, accepted_coding, decode_body, encode_body
from service.http.problems import BodyTooLarge, InvalidContentCoding, UnknownContentCoding

BODY = b"a line of text, " * 100


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_encoded_is_decoded(coding: str) -> None:
    encoded = encode_body(BODY, coding)
    assert len(encoded) < len(BODY)
    assert decode_body(encoded, coding.upper(), len(BODY)) == BODY
    assert (gzip.decompress if coding == "gzip" else zlib.decompress)(encoded) == BODY


@pytest.mark.parametrize("coding", ["", "identity"])
def test_no_coding_leaves_the_body(coding: str) -> None:
    assert decode_body(BODY, coding, len(BODY)) == BODY


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x" * 5000])
def test_another_coding_is_named(coding: str) -> None:
    with pytest.raises(UnknownContentCoding, match="must be one of gzip, deflate"):
        decode_body(BODY, coding, len(BODY))


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_is_whole_and_alone(coding: str) -> None:
    encoded = encode_body(BODY, coding)
    for wrong in (encoded[:-1], encoded + b"x", encoded[1:], b"", b"{}"):
        with pytest.raises(InvalidContentCoding):
            decode_body(wrong, coding, len(BODY))


@pytest.mark.parametrize("coding", CODINGS)
def test_no_more_than_the_limit_is_decompressed(coding: str) -> None:
    with pytest.raises(BodyTooLarge):
        decode_body(encode_body(bytes(2**28), coding), coding, 2**20)


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("deflate, gzip;q=0.5", "deflate"),
        ("GZIP", "gzip"),
        ("br", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip;q=0, deflate;q=0.1", "deflate"),
        ("*", "gzip"),
        ("*;q=0", None),
        ("gzip;q=x", None),
    ],
)
def test_the_client_s_preference_decides(accept: str, coding: str | None) -> None:
    assert accepted_coding(accept) == coding
