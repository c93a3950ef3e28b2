import pytest
import torch

from trainer.data.sampler import BatchSampler, to_float
from trainer.networks.output import to_uint8

IMAGES = torch.arange(10, dtype=torch.uint8).reshape(10, 1, 1, 1)


def values(batch):
    return to_uint8(batch).flatten().tolist()


def test_an_epoch_has_every_image_at_most_once():
    batches = BatchSampler(IMAGES, 3, seed=0)
    seen = [value for step in range(3) for value in values(batches[step])]
    assert len(set(seen)) == 9


def test_the_images_of_a_step_do_not_depend_on_earlier_steps():
    forward = BatchSampler(IMAGES, 3, seed=5)
    expected = [values(forward[step]) for step in range(12)]
    backward = BatchSampler(IMAGES, 3, seed=5)
    assert [values(backward[step]) for step in reversed(range(12))] == expected[::-1]


def test_every_epoch_and_seed_has_another_order():
    orders = {tuple(values(BatchSampler(IMAGES, 10, seed)[step])) for seed in range(5) for step in range(5)}
    assert len(orders) == 25


def test_conversion_to_float_and_back_is_exact():
    images = torch.arange(256, dtype=torch.uint8).reshape(1, 1, 16, 16)
    floats = to_float(images)
    assert (floats.min().item(), floats.max().item()) == (-1, 1)
    assert torch.equal(to_uint8(floats), images)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(ValueError, match="batch: 11 is more than the 10 images"):
        BatchSampler(IMAGES, 11, seed=0)
