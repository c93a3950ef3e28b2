import numpy as np
import pytest
import torch

from trainer.data.strokes import SIZE, STROKES, draw


def test_a_split_is_balanced_and_deterministic(tmp_path):
    test = STROKES.load(tmp_path, "test")
    again = STROKES.load(tmp_path, "test")
    assert (test.images.shape, test.images.dtype) == ((1000, 1, SIZE, SIZE), torch.uint8)
    assert torch.bincount(test.labels).tolist() == [100] * 10
    assert test.label_names == tuple("0123456789")
    assert torch.equal(test.images, again.images)


def test_the_splits_share_no_image(tmp_path):
    train, test = (STROKES.load(tmp_path, split).images.flatten(1).numpy() for split in ("train", "test"))
    assert len(np.unique(np.concatenate([train, test]), axis=0)) == len(train) + len(test)


def test_an_upright_one_is_a_bar_of_the_given_thickness():
    (image,) = draw(np.array([1]), slant=0.0, thickness=3.0, width=10.0)
    middle = image[SIZE // 2]
    assert middle.sum() / 255 == pytest.approx(3.0, abs=0.02)
    assert (middle @ np.arange(SIZE)) / middle.sum() == pytest.approx((SIZE - 1) / 2 + 5, abs=0.02)
    assert image[:4].max() == 0


def test_a_positive_slant_is_to_the_right():
    (image,) = draw(np.array([1]), slant=0.4, thickness=2.0, width=10.0)
    assert image[8].argmax() > image[20].argmax()
