"""PNG files keep every pixel."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from service.imaging.png import png


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (64, 64), (3, 5, 3)])
def test_pixels_are_kept_and_bytes_are_reproducible(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    content = png(picture)
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.mode) == ("PNG", "L" if len(shape) == 2 else "RGB")
    np.testing.assert_array_equal(np.asarray(image), picture)
    assert png(picture) == content
