"""Image files of any size -> images of the shape that a model draws."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from latent import CodeError
from latent.card import ImageShape
from service.imaging.arrays import Images

PILLOW_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
"""The image files that can be read: Pillow's format name for each media type."""

FORMATS = tuple(PILLOW_FORMATS.values())

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_BYTES_PER_PIXEL = 4  # RGBA, while a picture is being fitted

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
    images = np.empty((len(files), shape.channels, shape.height, shape.width), np.uint8)
    pixels_left = max_bytes // _BYTES_PER_PIXEL
    for i, (field, content) in enumerate(files):
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                size = picture.size
                pixels_left -= size[0] * size[1]
                if pixels_left >= 0:
                    images[i] = _fit(picture, shape, invert)
        except Exception as error:  # Pillow raises many types for bytes that are not a picture
            expected = f"must be a {' or '.join(FORMATS)} file that can be read"
            raise CodeError(field, f"{len(content)} bytes", expected) from error
        if pixels_left < 0:
            expected = f"the pictures of a request must have at most {max_bytes // _BYTES_PER_PIXEL} pixels together"
            raise CodeError(field, f"{size[0]} x {size[1]}", expected)
    return images


def _fit(picture: Image.Image, shape: ImageShape, invert: bool) -> NDArray[np.uint8]:
    """One picture as uint8 `(C, H, W)`."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):  # 16 bits: Pillow would clip them at 255 instead of scaling them
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    fitted = picture.convert("RGBA").resize(_fitted_size(picture.size, shape), Image.Resampling.BOX)
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
