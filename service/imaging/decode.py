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

_BYTES_PER_PIXEL = 4  # RGBA, while a picture is being fitted

Image.MAX_IMAGE_PIXELS = None  # `max_bytes` is the limit here; Pillow's own would only log a warning


def decode_images(
    files: Sequence[tuple[str, bytes]], shape: ImageShape, invert: bool, max_bytes: int, formats: tuple[str, ...]
) -> Images:
    """Image files as images of `shape`, uint8 `(n, C, H, W)`.

    Each of `files` is the name of a request's field and the file's content. A picture is scaled to fit as a whole, with
    area averaging, and centred. Margins and transparent pixels are background: 0, as in generated images. With `invert`
    the background of the pictures is white, and all pixels are inverted. All pictures together may take `max_bytes`
    bytes, decoded as RGBA. `formats` are the names of Pillow's formats to accept.

    Raises:
        CodeError: a file is not a readable picture of these formats, or the pictures have too many pixels.
    """
    images = np.empty((len(files), shape.channels, shape.height, shape.width), np.uint8)
    pixels_left = max_bytes // _BYTES_PER_PIXEL
    for i, (field, content) in enumerate(files):
        try:
            with Image.open(io.BytesIO(content), formats=formats) as picture:
                size = picture.size
                pixels_left -= size[0] * size[1]
                if pixels_left >= 0:
                    images[i] = _fit(picture, shape, invert)
        except Exception as error:  # Pillow raises many types for bytes that are not a picture
            expected = f"must be a {' or '.join(formats)} file that can be read"
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
    size = (shape.width, shape.height)
    fitted = ImageOps.pad(picture.convert("RGBA"), size, Image.Resampling.BOX, color=(0, 0, 0, 0))
    background = Image.new("RGBA", size, "white" if invert else "black")
    flat = Image.alpha_composite(background, fitted).convert("L" if shape.channels == 1 else "RGB")
    pixels = np.asarray(flat).reshape(shape.height, shape.width, shape.channels).transpose(2, 0, 1)
    return 255 - pixels if invert else pixels
