import gzip

import numpy as np
import pytest

from trainer.data import DataError, idx

# Two images of 2 x 3, as the format's own description lays them out.
IMAGES = bytes.fromhex("00000803 00000002 00000002 00000003") + bytes(range(12))


def test_values_are_parsed_in_their_shape():
    values = idx.parse(IMAGES, "images", ndim=3)
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(values, np.arange(12).reshape(2, 2, 3))


def test_a_file_without_images_is_valid():
    assert idx.parse(bytes.fromhex("00000801 00000000"), "labels", ndim=1).shape == (0,)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "expected magic number 00000803"),
        (b"<html>404</html>", "got 3c68746d"),
        (bytes.fromhex("00000d03") + IMAGES[4:], "unsigned bytes, 3-d"),
        (bytes.fromhex("00000801") + IMAGES[4:], "got 00000801"),
        (IMAGES[:10], "expected a header of 16 bytes, the file ends after 10"),
        (IMAGES[:-1], r"expected 28 bytes for shape \(2, 2, 3\), got 27"),
        (IMAGES + b"!", r"expected 28 bytes for shape \(2, 2, 3\), got 29"),
    ],
)
def test_an_incomplete_file_is_an_error_that_names_it(content, reason):
    with pytest.raises(DataError, match=f"^some-file: .*{reason}"):
        idx.parse(content, "some-file", ndim=3)


def test_gzipped_and_raw_bytes_are_the_same():
    assert idx.decompress(gzip.compress(IMAGES), "images") == IMAGES
    assert idx.decompress(IMAGES, "images") == IMAGES


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[:-1], lambda b: b[:12] + b"\xff\xff" + b[14:]])
def test_a_damaged_gzip_stream_is_an_error_that_names_the_file(damage):
    with pytest.raises(DataError, match=r"^images\.gz: the gzip stream is damaged"):
        idx.decompress(damage(gzip.compress(IMAGES)), "images.gz")
