"""One picture -> PNG (W3C PNG, third edition): grey or RGB, 8 bits, rows unfiltered.

Pillow would take several times as long: `python -m benchmarks.png` compares.
"""

from __future__ import annotations

import struct
from functools import lru_cache

import numpy as np
from zlib_ng import zlib_ng

from service.imaging.arrays import Picture

PNG_VERSION = 2
"""Version of the encoding: another one may write other bytes for the same picture. Cache keys must contain it."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2  # colour types
_SMALL = 1024  # bytes of pixels, such as one digit: dynamic Huffman codes take three times as long to save 8 % there


def png(picture: Picture) -> bytes:
    """A picture as a PNG file; the same picture gives the same bytes."""
    height, width = picture.shape[:2]
    colour = _GREY if picture.ndim == 2 else _RGB
    rows = np.zeros((height, 1 + picture.size // height), np.uint8)  # each row begins with its filter type: 0 is none
    rows[:, 1:] = picture.reshape(height, -1)
    # Run-length matching alone is the fastest, and on digits, which are mostly background, also the smallest.
    strategy = zlib_ng.Z_RLE if picture.size > _SMALL else zlib_ng.Z_FIXED
    compress = zlib_ng.compressobj(1, strategy=strategy)
    content = _chunk(b"IDAT", compress.compress(rows), compress.flush())
    return b"".join((_header(width, height, colour), *content, _END))


@lru_cache(maxsize=256)
def _header(width: int, height: int, colour: int) -> bytes:
    return b"".join((_SIGNATURE, *_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))))


def _chunk(kind: bytes, *content: bytes) -> tuple[bytes, bytes, bytes]:
    """The parts of a chunk, to be joined: its length, its kind and content, and its checksum."""
    checked = b"".join((kind, *content))
    return _pack(len(checked) - len(kind)), checked, _pack(zlib_ng.crc32(checked))


_pack = struct.Struct(">I").pack

_END = b"".join(_chunk(b"IEND"))
