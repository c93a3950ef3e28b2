"""Pictures between arrays, PIL and PNG files."""

from __future__ import annotations

import io

import numpy as np
import pytest
from inkcode_client.pictures import decode_png, listed, to_pil
from PIL import Image

from service.imaging.png import png


def pillow_png(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (5, 7, 3), (64, 300)])
def test_the_service_s_files(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    assert np.array_equal(decode_png(png(picture)), picture)
    assert decode_png(png(picture)).flags.writeable


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "RGBA", "1"])
def test_files_of_other_programs(mode: str) -> None:
    ramp = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    image = Image.fromarray(ramp).convert(mode)
    expected = np.asarray(image if mode == "L" else image.convert("RGB"))
    assert np.array_equal(decode_png(pillow_png(image)), expected)
    assert np.array_equal(decode_png(pillow_png(image, pnginfo=None, dpi=(72, 72))), expected)


def test_what_is_one_picture_and_what_are_several() -> None:
    grey, colour = np.zeros((4, 5), np.uint8), np.zeros((4, 5, 3), np.uint8)
    for one in (grey, colour, b"file", "path", Image.fromarray(grey)):
        assert len(listed(one)) == 1
    assert [picture.shape for picture in listed(np.stack([grey] * 2))] == [(4, 5)] * 2
    assert [picture.shape for picture in listed(np.stack([colour] * 2))] == [(4, 5, 3)] * 2
    assert len(listed([grey, "path"])) == 2


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8)])
def test_what_is_no_picture(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a picture is uint8"):
        to_pil(array)
