import dataclasses

import torch

from trainer.data.partition import hold_out_validation, random_parts


def keys(dataset):
    return [image.numpy().tobytes() for image in dataset.images]


def test_validation_images_are_a_twelfth_of_the_training_images_and_always_the_same(strokes):
    rest, validation = hold_out_validation(strokes)
    assert (len(rest), len(validation)) == (3667, 333)
    assert sorted(keys(rest) + keys(validation)) == sorted(keys(strokes))
    again = hold_out_validation(strokes)[1]
    assert torch.equal(again.images, validation.images)
    assert torch.equal(again.labels, validation.labels)


def test_parts_are_disjoint_and_keep_labels_with_their_images(strokes):
    parts = random_parts(strokes, (0.5, 0.25, 0.25), seed=3)
    assert [len(part) for part in parts] == [2000, 1000, 1000]
    assert sorted(key for part in parts for key in keys(part)) == sorted(keys(strokes))
    label = dict(zip(keys(strokes), strokes.labels.tolist(), strict=True))
    for part in parts:
        assert [label[key] for key in keys(part)] == part.labels.tolist()


def test_the_beginning_of_a_part_of_a_sorted_set_has_all_labels(strokes):
    order = strokes.labels.argsort()
    by_label = dataclasses.replace(strokes, images=strokes.images[order], labels=strokes.labels[order])
    for part in hold_out_validation(by_label):
        assert set(part.labels[:100].tolist()) == set(range(10))
