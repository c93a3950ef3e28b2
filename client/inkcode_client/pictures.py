"""Pictures as arrays: uint8 `(H, W)` for grey, `(H, W, 3)` for red, green and blue."""

from __future__ import annotations

import base64
import io
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
PictureLike = Picture | Image.Image | bytes | str | os.PathLike[str]
"""An array, a PIL image, the content of an image file, or the path of one."""

_PLAIN = {0: 1, 2: 3}  # channels by the colour type of a PNG file: grey, RGB
_PREFIX = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_DATA, _END = 41, -16  # where the content of the IDAT chunk begins and ends in a file that has no other


def decode_png(content: bytes) -> Picture:
    """A PNG file as an array.

    The service writes grey or RGB of 8 bits, not filtered, in one chunk, which NumPy reads in a fifth of Pillow's time.
    Every other file is left to Pillow.
    """
    picture = _decode_plain(content)
    if picture is None:
        with Image.open(io.BytesIO(content)) as image:
            return np.array(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    return picture


def _decode_plain(content: bytes) -> Picture | None:
    """The picture in a file as the service writes it; None for another one."""
    channels = _PLAIN.get(content[25]) if content[:16] == _PREFIX and content[24] == 8 else None
    length = len(content) - _DATA - 16
    if not channels or content[28] or content[37:41] != b"IDAT" or int.from_bytes(content[33:37]) != length:
        return None
    width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
    rows = np.frombuffer(zlib.decompress(content[_DATA:_END]), np.uint8).reshape(height, 1 + width * channels)
    if rows[:, 0].any():
        return None  # filtered
    picture = rows[:, 1:]
    return (picture if channels == 1 else picture.reshape(height, width, channels)).copy()


def decode_base64(text: str) -> Picture:
    """A PNG file in base64 as an array."""
    return decode_png(base64.b64decode(text))


def encode_base64(picture: PictureLike) -> str:
    """A picture as an image file in base64."""
    return base64.b64encode(_file(picture)).decode()


def _file(picture: PictureLike) -> bytes:
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, str | os.PathLike):
        return Path(picture).read_bytes()
    image = picture if isinstance(picture, Image.Image) else to_pil(picture)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def listed(pictures: PictureLike | Sequence[PictureLike] | Picture) -> list[PictureLike]:
    """One picture or several as a list; an array of floats, or of another shape than pictures have, is refused.

    Raises:
        ValueError: such an array.
    """
    if isinstance(pictures, Image.Image | bytes | str | os.PathLike):
        return [pictures]
    if isinstance(pictures, np.ndarray):
        several = pictures.ndim == 4 or (pictures.ndim == 3 and pictures.shape[-1] != 3)
        return list(pictures) if several else [pictures]
    return list(pictures)


def to_pil(picture: Picture) -> Image.Image:
    """An array as a PIL image, of mode L or RGB.

    Raises:
        ValueError: the array is not uint8, or has another shape.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ValueError(f"a picture is uint8 (H, W) or (H, W, 3), not {picture.dtype} {picture.shape}")
    return Image.fromarray(picture)
