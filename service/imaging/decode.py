"""Image files of any size -> images of the shape that a model draws."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from latent import CodeError
from latent.card import ImageShape
from service.imaging.arrays import Images, Picture

T = TypeVar("T")

PILLOW_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
"""The image files that can be read: Pillow's format name for each media type."""

FORMATS = tuple(PILLOW_FORMATS.values())

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_BYTES_PER_PIXEL = 4  # RGBA, while a picture is being fitted
_MAX_SIDE = 256  # of ink that is read

Image.MAX_IMAGE_PIXELS = None  # `max_bytes` is the limit here; Pillow's own would only log a warning


def is_picture(content: bytes) -> bool:
    """Whether a file begins as those of the formats do that can be read."""
    return content.startswith(_SIGNATURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def decode_images(files: Sequence[tuple[str, bytes]], shape: ImageShape, invert: bool, max_bytes: int) -> Images:
    """Image files as images of `shape`, uint8 `(n, C, H, W)`.

    Each of `files` is the name of a request's field and the file's content. A picture is scaled to fit as a whole, with
    area averaging, to at least one pixel each way, and centred. Margins and transparent pixels are background: 0, as in
    generated images. With `invert` the background of the pictures is white, and all pixels are inverted. All pictures
    together may take `max_bytes` bytes, decoded as RGBA.

    Raises:
        CodeError: a file is not a readable picture of `PILLOW_FORMATS`, or the pictures have too many pixels.
    """
    fitted = _decode_each(files, lambda picture: _fit(picture, shape, invert), max_bytes)
    return np.stack(fitted) if fitted else np.empty((0, shape.channels, shape.height, shape.width), np.uint8)


def decode_inks(files: Sequence[tuple[str, bytes]], max_bytes: int) -> list[Picture]:
    """Image files as what is written on them, uint8 `(H, W)`: paper is 0 and ink up to 255, whichever is darker.

    Each side has at most `_MAX_SIDE` pixels. Otherwise as `decode_images`.
    """
    return _decode_each(files, _ink, max_bytes)


def _decode_each(files: Sequence[tuple[str, bytes]], decode: Callable[[Image.Image], T], max_bytes: int) -> list[T]:
    decoded: list[T] = []
    pixels_left = max_bytes // _BYTES_PER_PIXEL
    for field, content in files:
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                size = picture.size
                pixels_left -= size[0] * size[1]
                if pixels_left >= 0:
                    decoded.append(decode(picture))
        except Exception as error:  # Pillow raises many types for bytes that are not a picture
            expected = f"must be a {' or '.join(FORMATS)} file that can be read"
            raise CodeError(field, f"{len(content)} bytes", expected) from error
        if pixels_left < 0:
            expected = f"the pictures of a request must have at most {max_bytes // _BYTES_PER_PIXEL} pixels together"
            raise CodeError(field, f"{size[0]} x {size[1]}", expected)
    return decoded


def _upright(picture: Image.Image) -> Image.Image:
    """A picture as it is meant to be seen, as RGBA."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):  # 16 bits: Pillow would clip them at 255 instead of scaling them
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    return picture.convert("RGBA")


def _ink(picture: Image.Image) -> Picture:
    rgba = _upright(picture)
    rgba.thumbnail((_MAX_SIDE, _MAX_SIDE), Image.Resampling.BOX)
    grey = np.asarray(rgba.convert("RGB").convert("L"), np.float32)
    opaque = np.asarray(rgba.getchannel("A"), np.float32) / 255
    if not opaque.any():
        return np.zeros(grey.shape, np.uint8)
    if opaque.mean() > 0.5:  # a picture on paper; the ink covers less than half of it
        paper = float(np.median(grey[opaque > 0.5]))
    else:  # ink alone
        paper = 255.0 if np.average(grey, weights=opaque) < 128 else 0.0
    contrast = (grey - paper) * opaque
    contrast = contrast if abs(contrast.max()) > abs(contrast.min()) else -contrast
    ink: Picture = (contrast * (255 / max(1.0, float(contrast.max())))).clip(0, 255).astype(np.uint8)
    return ink


def _fit(picture: Image.Image, shape: ImageShape, invert: bool) -> NDArray[np.uint8]:
    """One picture as uint8 `(C, H, W)`."""
    upright = _upright(picture)
    fitted = upright.resize(_fitted_size(upright.size, shape), Image.Resampling.BOX)
    sheet = Image.new("RGBA", (shape.width, shape.height), "white" if invert else "black")
    sheet.alpha_composite(fitted, (round((shape.width - fitted.width) / 2), round((shape.height - fitted.height) / 2)))
    flat = sheet.convert("L" if shape.channels == 1 else "RGB")
    pixels = np.asarray(flat).reshape(shape.height, shape.width, shape.channels).transpose(2, 0, 1)
    return 255 - pixels if invert else pixels


def _fitted_size(size: tuple[int, int], shape: ImageShape) -> tuple[int, int]:
    """Width and height of a picture of `size` that is scaled to fit into `shape`, each at least 1."""
    width, height = size
    if width * shape.height > shape.width * height:
        return shape.width, max(1, round(height / width * shape.width))
    return max(1, round(width / height * shape.height)), shape.height
