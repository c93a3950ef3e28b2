"""IDX, the file format of MNIST: a magic number, the shape, then the values (LeCun et al. 1998)."""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from trainer.data.dataset import DataError

_UNSIGNED_BYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"


def decompress(content: bytes, name: str) -> bytes:
    """The uncompressed bytes of a file that may be gzipped; errors call it `name`.

    Raises:
        DataError: the gzip stream is truncated or does not match its checksum.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name}: the gzip stream is damaged ({error})") from None


def parse(content: bytes, name: str, ndim: int) -> NDArray[np.uint8]:
    """The values of an uncompressed IDX file of unsigned bytes with `ndim` dimensions; errors call it `name`.

    Raises:
        DataError: the magic number is another one, or the length does not match the shape in the header.
    """
    magic = bytes([0, 0, _UNSIGNED_BYTE, ndim])
    header = len(magic) + 4 * ndim
    if not content.startswith(magic):
        raise DataError(
            f"{name}: expected magic number {magic.hex()} (unsigned bytes, {ndim}-d), got {content[:4].hex()}"
        )
    if len(content) < header:
        raise DataError(f"{name}: expected a header of {header} bytes, the file ends after {len(content)}")
    shape = struct.unpack_from(f">{ndim}I", content, len(magic))
    expected = header + math.prod(shape)
    if len(content) != expected:
        raise DataError(f"{name}: expected {expected} bytes for shape {shape}, got {len(content)}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
