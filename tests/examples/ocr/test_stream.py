from urllib.error import HTTPError

import numpy as np
import pytest

from examples.ocr import stream

# webdataset does not close curl's pipe; the garbage collector does, with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.")


def test_samples_come_in_order_shard_after_shard(address):
    query = {"length": "2-4", "n": 7, "seed": 5}
    whole = list(stream.stream(address, "mnist-infogan", size=7, **query))
    parts = list(stream.stream(address, "mnist-infogan", size=3, **query))
    assert len(parts) == 7
    assert all(len(text) in (2, 3, 4) for _, text in parts)
    for (line, text), (expected, expected_text) in zip(parts, whole, strict=True):
        assert text == expected_text
        assert np.array_equal(line, expected)


def test_single_digits_have_the_number_of_their_label(address):
    samples = list(stream.stream(address, "mnist-infogan", "cls", n=10, size=10, min_confidence=0))
    assert sorted(label for _, label in samples) == list(range(10))
    assert {(picture.shape, picture.dtype) for picture, _ in samples} == {((28, 28), np.dtype(np.uint8))}


def test_a_refused_query_raises(address):
    with pytest.raises(HTTPError, match="422"):
        stream.stream(address, "mnist-infogan", length="no")
