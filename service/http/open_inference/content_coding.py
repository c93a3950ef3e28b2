"""Content codings of bodies: gzip and deflate (RFC 9110, section 8.4.1)."""

from __future__ import annotations

import zlib

from zlib_ng import zlib_ng

from service.http.negotiation import quality_values
from service.http.problems import BodyTooLarge, InvalidContentCoding, UnknownContentCoding

_WINDOW_BITS = {"gzip": 31, "deflate": 15}  # zlib's way to name the two formats; deflate is the zlib format

_LEVEL = 1  # images of ink compress well and fast

CODINGS = tuple(_WINDOW_BITS)
"""Codings that are known, the preferred one first."""


def decode_body(body: bytes, coding: str, limit: int) -> bytes:
    """The body that `Content-Encoding: coding` stands for; no more than `limit` bytes are ever decompressed.

    Raises:
        UnknownContentCoding: another coding, or several.
        InvalidContentCoding: the body is damaged, cut off, or followed by something else.
        BodyTooLarge: more than `limit` bytes.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in _WINDOW_BITS:
        raise UnknownContentCoding(coding, CODINGS)
    decoder = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        content = decoder.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidContentCoding(coding) from None
    if len(content) > limit:
        raise BodyTooLarge(limit)
    if not decoder.eof or decoder.unused_data:
        raise InvalidContentCoding(coding)
    return content


def accepted_coding(accept_encoding: str) -> str | None:
    """The coding that an `Accept-Encoding` prefers of those that are known; None to send the body as it is."""
    qualities = dict(quality_values(accept_encoding))
    others = qualities.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: qualities.get(coding, others))
    return best if qualities.get(best, others) > 0 else None


def encode_body(body: bytes, coding: str) -> bytes:
    """A body in a coding."""
    encoder = zlib_ng.compressobj(_LEVEL, wbits=_WINDOW_BITS[coding])
    return bytes(encoder.compress(body) + encoder.flush())
