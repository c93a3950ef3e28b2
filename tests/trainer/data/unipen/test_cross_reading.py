import torch

from trainer.data.unipen import cross_reading


def test_features_are_of_cells_and_directions_and_do_not_depend_on_the_size():
    image = torch.zeros(1, 1, 64, 64, dtype=torch.uint8)
    image[:, :, 20:40, 28:34] = 255
    small = torch.nn.functional.avg_pool2d(image.float(), 2).byte()
    found = cross_reading.features(image)
    assert found.shape == (1, 512)
    assert (found >= 0).all()
    assert torch.allclose(found, cross_reading.features(small), atol=1e-3)
    by_direction = found.reshape(8, 8, 8).sum((1, 2))
    assert by_direction[0] > by_direction[2]  # an upright stroke has its edges left and right


def test_a_fold_is_read_by_a_reader_trained_on_the_others():
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (300, 1, 16, 16), generator=generator, dtype=torch.uint8)
    labels = torch.randint(0, 2, (300,), generator=generator)
    probabilities = cross_reading.cross_read(images, labels, torch.arange(300) % 3, seed=0)
    assert torch.allclose(probabilities.sum(1), torch.ones(300), atol=1e-5)
    accuracy = (probabilities.argmax(1) == labels).float().mean()
    assert 0.3 < accuracy < 0.7  # there is nothing to read


def test_reading_is_the_seeds_and_leaves_the_callers_random_numbers_alone():
    images, labels = torch.arange(64 * 4).reshape(4, 1, 8, 8).byte(), torch.tensor([0, 1, 0, 1])
    folds = torch.tensor([0, 0, 1, 1])
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = cross_reading.cross_read(images, labels, folds, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, cross_reading.cross_read(images, labels, folds, seed=1))
    assert not torch.equal(first, cross_reading.cross_read(images, labels, folds, seed=2))
