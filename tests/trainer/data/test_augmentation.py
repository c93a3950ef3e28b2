import pytest
import torch
from pydantic import ValidationError

from trainer.data.augmentation import RandomAffine

NOTHING = {"rotate": 0, "shear": 0, "scale": 0, "translate": 0}


@pytest.fixture
def images():
    torch.manual_seed(0)
    return torch.rand(64, 1, 28, 28)


def test_zero_bounds_are_the_identity(images):
    torch.testing.assert_close(RandomAffine(**NOTHING)(images), images, atol=1e-5, rtol=0)


def test_every_image_gets_another_map(images):
    same = images[:1].expand(64, -1, -1, -1)
    changed = RandomAffine()(same)
    assert len({tuple(image.flatten().tolist()) for image in changed}) == 64


@pytest.mark.parametrize("bound", [{"translate": 0.1}, {"rotate": 30}, {"shear": 0.4}, {"scale": 0.3}])
def test_each_bound_limits_the_displacement(bound):
    dot = torch.zeros(200, 1, 41, 41)
    dot[:, :, 30, 30] = 1.0  # ten pixels right of the centre, and ten below
    torch.manual_seed(0)
    moved = RandomAffine(**(NOTHING | bound))(dot)
    y, x = torch.meshgrid(torch.arange(41.0), torch.arange(41.0), indexing="ij")
    mass = moved.sum((1, 2, 3))
    distance = ((moved[:, 0] * x).sum((1, 2)) / mass - 30).hypot((moved[:, 0] * y).sum((1, 2)) / mass - 30)
    furthest = {
        "translate": 41 * 0.1 * 2**0.5,
        "rotate": 2 * 10 * 2**0.5 * 0.2588,  # the chord of 30 degrees
        "shear": 4.0,
        "scale": 3 * 2**0.5,
    }[next(iter(bound))]
    assert 0.8 * furthest < distance.max() < furthest + 0.6


def test_the_gradient_reaches_the_images(images):
    images.requires_grad_()
    RandomAffine()(images).square().sum().backward()
    assert images.grad is not None
    assert images.grad.abs().sum() > 0


def test_its_geometry_is_float32_under_autocast(images):
    augment = RandomAffine()
    torch.manual_seed(1)
    expected = augment(images)
    torch.manual_seed(1)
    with torch.autocast("cpu", torch.bfloat16):
        augmented = augment(images)
        assert torch.is_autocast_enabled("cpu")
    assert augmented.dtype == torch.float32
    assert torch.equal(augmented, expected)


def test_bounds_are_checked():
    with pytest.raises(ValidationError, match="rotate"):
        RandomAffine(rotate=-1)
