from types import SimpleNamespace

import pytest
import torch

from trainer.losses.penalty import R1, R2, GradientPenalty
from trainer.networks.discriminator import DiscriminatorOutput


def critic(weight):
    """Whose score is linear in the image, with slope `weight`, and steeper for label 1."""
    seen = []

    def discriminate(images, condition):
        seen.append(condition)
        return DiscriminatorOutput((images * weight).sum((1, 2, 3)) * (1 + condition[:, 1]), images.flatten(1))

    real, fake = torch.randn(8, 1, 2, 2), torch.randn(8, 1, 2, 2, requires_grad=True)
    ones, zeros = torch.eye(2)[[1] * 8], torch.eye(2)[[0] * 8]
    return SimpleNamespace(
        real=real, fake=fake, real_condition=zeros, fake_condition=ones, discriminate=discriminate
    ), seen


@pytest.fixture
def weight():
    return torch.tensor([1.0, -2.0, 0.5, 3.0]).reshape(1, 1, 2, 2).requires_grad_()


def test_r1_is_half_the_squared_gradient_at_real_images(weight):
    step, seen = critic(weight)
    loss = R1(kind="r1", batch_fraction=0.5)(step)
    assert len(seen[0]) == 4
    assert loss.item() == pytest.approx(0.5 * weight.square().sum().item())
    loss.backward()
    torch.testing.assert_close(weight.grad, weight.detach())


def test_r2_is_the_same_at_generated_images_without_a_gradient_for_the_generator(weight):
    step, _ = critic(weight)
    loss = R2(kind="r2", batch_fraction=1.0)(step)
    assert loss.item() == pytest.approx(0.5 * 4 * weight.square().sum().item())  # their label doubles the slope
    loss.backward()
    assert step.fake.grad is None


def test_the_gradient_penalty_is_zero_at_norm_one_and_uses_the_norm_per_image(weight):
    unit = (weight / weight.norm()).detach()
    assert GradientPenalty(kind="gradient-penalty")(critic(unit)[0]).item() == pytest.approx(0, abs=1e-12)
    assert GradientPenalty(kind="gradient-penalty")(critic(3 * unit)[0]).item() == pytest.approx(4, rel=1e-5)


def test_the_gradient_penalty_is_between_real_and_generated_images(weight):
    step, _ = critic(weight)
    looked = []
    discriminate = step.discriminate
    step.discriminate = lambda images, condition: (looked.append(images.detach()), discriminate(images, condition))[1]
    GradientPenalty(kind="gradient-penalty")(step)
    low, high = torch.minimum(step.real, step.fake), torch.maximum(step.real, step.fake)
    assert ((looked[0] >= low - 1e-6) & (looked[0] <= high + 1e-6)).all()
    assert looked[0].shape == step.real.shape
