import numpy as np
import pytest
import torch

from trainer.data.labelled_subset import LabelledSubset, balanced_indices
from trainer.data.sampler import to_float


def test_balanced_indices_are_balanced_and_repeatable(strokes):
    labels = strokes.labels.numpy()
    rows = balanced_indices(labels, 1000, seed=0)
    assert np.bincount(labels[rows]).tolist() == [100] * 10
    assert len(np.unique(rows)) == 1000
    np.testing.assert_array_equal(rows, balanced_indices(labels, 1000, seed=0))
    assert (rows != balanced_indices(labels, 1000, seed=1)).any()


def test_all_labels_give_the_code_of_the_batch(strokes):
    labels = LabelledSubset(strokes.images, strokes.labels, "c1", 10, None, seed=0)
    rows = torch.tensor([3, 17, 20])
    batch = labels.batch(to_float(strokes.images[rows]), rows)
    assert len(labels) == 4000
    assert batch.labelled is None
    assert batch.codes["c1"].argmax(1).tolist() == strokes.labels[rows].tolist()


def test_a_few_labels_give_a_separate_batch(strokes):
    labels = LabelledSubset(strokes.images, strokes.labels, "c1", 10, 20, seed=0)
    batch = labels.batch(to_float(strokes.images[:64]), torch.arange(64))
    assert len(labels) == 20
    assert batch.codes == {}
    few = {image.numpy().tobytes(): label for image, label in zip(labels.images, labels.labels.tolist(), strict=True)}
    images = ((batch.labelled.images + 1) * 127.5).round().to(torch.uint8)
    read = [few[image.numpy().tobytes()] for image in images]
    assert batch.labelled.codes["c1"].argmax(1).tolist() == read
    assert len(set(read)) > 5


def test_more_labels_than_the_code_has_values_are_refused(strokes):
    with pytest.raises(ValueError, match=r"latent.c1.size: 8, but the data set has 10 labels"):
        LabelledSubset(strokes.images, strokes.labels, "c1", 8, None, seed=0)
