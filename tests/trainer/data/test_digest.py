from dataclasses import replace

import pytest

from trainer.data import DataError, digest


def test_the_digest_is_of_images_labels_and_shape(strokes):
    whole = digest.sha256(strokes)
    assert digest.sha256(replace(strokes, images=strokes.images.clone(), name="other")) == whole
    images, labels = strokes.images.clone(), strokes.labels.clone()
    images[7, 0, 3, 3] ^= 1
    labels[7] = (labels[7] + 1) % 10
    changed = [
        replace(strokes, images=images),
        replace(strokes, labels=labels),
        replace(strokes, images=strokes.images.reshape(4000, 1, 14, 56)),
        replace(strokes, images=strokes.images[:-1], labels=strokes.labels[:-1]),
    ]
    assert len({whole, *map(digest.sha256, changed)}) == 5


def test_other_data_are_refused(strokes):
    digest.check(strokes, digest.sha256(strokes), "x.onnx")
    with pytest.raises(DataError, match=r"x\.onnx was trained on other data: .* have sha256 00, those of 'strokes'"):
        digest.check(strokes, "00", "x.onnx")
