"""Files of pictures -> images as a model draws them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from latent import CodeError
from latent.card import ImageShape
from service.imaging.arrays import Images

KINDS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
"""What can be read: Pillow's name of each media type."""

_BYTES = 4  # a pixel while it is worked on: red, green, blue and how opaque it is

Image.MAX_IMAGE_PIXELS = None  # the bound is the request's; Pillow's own warns on the log instead


def decode(
    files: Sequence[tuple[str, bytes]], shape: ImageShape, invert: bool, most: int, kinds: tuple[str, ...]
) -> Images:
    """Pictures of any size as images of `shape`, uint8 `(n, C, H, W)`; each file comes after its name in the request.

    A picture is fitted in whole, by the mean of the area that a pixel covers, and centred. What it leaves free or is
    transparent in it is paper: 0, as around what a model draws. With `invert` a picture's paper is white, and all of it
    is turned round. `most` bounds the bytes that the pictures take together; `kinds` are Pillow's names.

    Raises:
        CodeError: no picture of these kinds, or too many pixels.
    """
    images = np.empty((len(files), shape.channels, shape.height, shape.width), np.uint8)
    left = most // _BYTES
    for i, (field, content) in enumerate(files):
        try:
            with Image.open(io.BytesIO(content), formats=kinds) as picture:
                size = picture.size
                left -= size[0] * size[1]
                if left >= 0:
                    images[i] = _fitted(picture, shape, invert)
        except Exception as error:  # whatever Pillow makes of bytes that came from anywhere
            expected = f"must be a {' or '.join(kinds)} file that can be read"
            raise CodeError(field, f"{len(content)} bytes", expected) from error
        if left < 0:
            expected = f"the pictures of a request must have at most {most // _BYTES} pixels together"
            raise CodeError(field, f"{size[0]} x {size[1]}", expected)
    return images


def _fitted(picture: Image.Image, shape: ImageShape, invert: bool) -> NDArray[np.uint8]:
    """One picture as `(C, H, W)`."""
    whole = ImageOps.exif_transpose(picture)
    if whole.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        whole = Image.fromarray((np.asarray(whole) >> 8).astype(np.uint8))
    size = (shape.width, shape.height)
    fitted = ImageOps.pad(whole.convert("RGBA"), size, Image.Resampling.BOX, color=(0, 0, 0, 0))
    paper = Image.new("RGBA", size, "white" if invert else "black")
    flat = Image.alpha_composite(paper, fitted).convert("L" if shape.channels == 1 else "RGB")
    pixels = np.asarray(flat).reshape(shape.height, shape.width, shape.channels).transpose(2, 0, 1)
    return 255 - pixels if invert else pixels
