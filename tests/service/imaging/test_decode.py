"""Image files of any kind, decoded to images as a model draws them."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from latent import CodeError
from latent.card import ImageShape
from service.imaging.decode import PILLOW_FORMATS, decode_images

GREY, COLOUR = ImageShape(channels=1, height=28, width=28), ImageShape(channels=3, height=4, width=6)
MOST = 2**20


def _file(pixels: Any, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
    image, file = Image.fromarray(np.asarray(pixels)), io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def _one(content: bytes, shape: ImageShape = GREY, invert: bool = False) -> Any:
    return decode_images([("body", content)], shape, invert, MOST)[0]


@pytest.fixture
def noise() -> Any:
    return np.random.default_rng(1).integers(0, 256, (28, 28), np.uint8)


def test_a_picture_of_the_model_s_size_is_unchanged(noise: Any) -> None:
    for content in (_file(noise), _file(noise, mode="RGBA"), _file(noise, "WEBP", lossless=True)):
        np.testing.assert_array_equal(_one(content), noise[None])


def test_colour_is_kept_if_the_model_is_in_colour() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (4, 6, 3), np.uint8)
    np.testing.assert_array_equal(_one(_file(pixels), COLOUR), pixels.transpose(2, 0, 1))
    grey = np.asarray(Image.fromarray(pixels).convert("L"))
    read = _one(_file(pixels), ImageShape(channels=1, height=4, width=6))
    np.testing.assert_array_equal(read, grey[None])


def test_a_larger_picture_is_reduced_by_area_averaging(noise: Any) -> None:
    large = np.kron(noise, np.array([[1, 0], [0, 1]], np.uint8))
    read = _one(_file(large)).astype(int)
    assert np.abs(read - noise / 2).max() <= 1


def test_a_narrow_picture_is_centred_on_background() -> None:
    read = _one(_file(np.full((56, 14), 200, np.uint8)))
    assert (read[0, :, 11:17].min(), read[0, :, :10].max(), read[0, :, 18:].max()) == (200, 0, 0)


@pytest.mark.parametrize("size", [(1, 200), (1, 5000), (5000, 1), (2, 4000), (1, 57)])
@pytest.mark.parametrize("shape", [GREY, ImageShape(channels=1, height=2, width=74)])
def test_a_very_thin_picture_is_one_pixel_thick(size: tuple[int, int], shape: ImageShape) -> None:
    read = _one(_file(np.full(size, 200, np.uint8)), shape)[0]
    wide = size[0] < size[1]
    assert (read.sum(axis=int(wide)) == 200 * read.shape[int(wide)]).sum() == 1
    assert np.count_nonzero(read) == read.shape[int(wide)]


@pytest.mark.parametrize("size", [(28, 28), (56, 14), (14, 57), (99, 100), (28, 27), (1, 30), (233, 1000)])
def test_other_pictures_are_fitted_as_pillow_does(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(4).integers(0, 256, size, np.uint8)
    padded = ImageOps.pad(Image.fromarray(pixels).convert("RGBA"), (28, 28), Image.Resampling.BOX, color=(0, 0, 0, 0))
    flat = Image.alpha_composite(Image.new("RGBA", (28, 28), "black"), padded).convert("L")
    np.testing.assert_array_equal(_one(_file(pixels))[0], np.asarray(flat))


def test_inverted_the_background_is_white_and_so_are_the_margins() -> None:
    ink = np.full((28, 14), 255, np.uint8)
    ink[10:20, 5:9] = 40
    read = _one(_file(ink), invert=True)
    assert (read.max(), (read > 0).sum()) == (215, 40)


@pytest.mark.parametrize("invert", [False, True])
def test_transparent_pixels_are_background(invert: bool) -> None:
    pixels = np.full((28, 28, 4), 90, np.uint8)
    pixels[:, :20, 3] = 0
    pixels[:, 20:, 3] = 255
    read = _one(_file(pixels), invert=invert)
    assert (set(read[0, :, :20].flat), set(read[0, :, 20:].flat)) == ({0}, {165 if invert else 90})


def test_sixteen_bits_keep_their_range() -> None:
    deep = np.linspace(0, 65535, 28 * 28).astype(np.uint16).reshape(28, 28)
    np.testing.assert_array_equal(_one(_file(deep)), (deep >> 8)[None])


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_is_read(mode: str) -> None:
    assert _one(_file(np.full((9, 9), 255, np.uint8), mode=mode)).min() == 255


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_mode_of_jpeg_is_read(mode: str) -> None:
    assert _one(_file(np.full((9, 9), 255, np.uint8), "JPEG", mode)).min() >= 250


def test_the_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # orientation: upside down
    pixels = np.zeros((28, 28), np.uint8)
    pixels[:14] = 255
    read = _one(_file(pixels, "JPEG", exif=exif))
    assert read[0, :13].max() < 20 < 230 < read[0, 15:].min()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + bytes(40),
        _file(np.zeros((4, 4), np.uint8), "GIF"),
        _file(np.zeros((40, 40), np.uint8))[:50],
    ],
)
def test_a_file_that_is_not_such_a_picture_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(CodeError) as caught:
        _one(content)
    assert (caught.value.field, caught.value.value) == ("body", f"{len(content)} bytes")
    assert caught.value.expected == "must be a PNG or JPEG or WEBP file that can be read"


def test_corrupted_bytes_are_read_or_refused() -> None:
    """For any content of a file, there are no other outcomes."""
    generator = np.random.default_rng(3)
    for kind in PILLOW_FORMATS.values():
        whole = np.frombuffer(_file(generator.integers(0, 256, (16, 16, 3), np.uint8), kind), np.uint8)
        for _ in range(150):
            broken = whole.copy()
            broken[generator.integers(0, len(whole), 3)] = generator.integers(0, 256, 3)
            with suppress(CodeError):
                assert _one(broken.tobytes(), COLOUR).shape == (3, 4, 6)


def test_a_decompression_bomb_is_refused_before_it_is_decoded() -> None:
    small = _file(np.zeros((4, 4), np.uint8))
    header = b"IHDR" + struct.pack(">II", 20_000, 20_000) + small[24:29]  # past what Pillow itself would refuse
    with pytest.raises(CodeError, match=r"20000 x 20000.*at most 262144 pixels together"):
        _one(small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:])


def test_the_pictures_of_a_request_share_the_limit() -> None:
    files = [(f"images[{i}]", _file(np.zeros((300, 300), np.uint8))) for i in range(3)]
    assert len(decode_images(files[:2], GREY, False, MOST)) == 2
    with pytest.raises(CodeError) as caught:
        decode_images(files, GREY, False, MOST)
    assert caught.value.field == "images[2]"
