"""Archives, as data tools read them."""

from __future__ import annotations

import io
import zipfile

import numpy as np
from PIL import Image

from service.imaging.archive import npy, zipped


def test_the_bytes_of_a_zip_depend_only_on_its_content() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5), np.uint8)
    rows: list[dict[str, object]] = [{"label": "a,b", "c1": 0}, {"label": None, "c1": 1}]
    content = zipped(images, rows)
    assert zipped(images, rows) == content
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    assert archive.read("labels.csv").decode() == 'file,label,c1\n000000.png,"a,b",0\n000001.png,,1\n'
    picture = np.asarray(Image.open(io.BytesIO(archive.read("000001.png"))))
    np.testing.assert_array_equal(picture, images[1].transpose(1, 2, 0))
    assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_npy_is_a_plain_array() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5), np.uint8)
    loaded = np.load(io.BytesIO(npy(images)), allow_pickle=False)
    assert loaded.flags.c_contiguous
    np.testing.assert_array_equal(loaded, images.transpose(0, 2, 3, 1))
    assert np.load(io.BytesIO(npy(images[:, :1]))).shape == (2, 4, 5)
