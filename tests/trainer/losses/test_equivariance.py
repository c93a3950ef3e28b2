import pytest
import torch
from torch import nn

from latent import Continuous, LatentSpec
from trainer.data.sampler import Batch
from trainer.losses.equivariance import CodeTransform, Equivariance
from trainer.losses.step import Step
from trainer.networks.discriminator import DiscriminatorOutput

SPEC = LatentSpec(variables=(Continuous(name="c2"), Continuous(name="c3")))
SIZE = 41


class Bars(nn.Module):
    """Draws an upright bar that leans by c2 and is e^c3 wide: both transforms, exactly."""

    def forward(self, latents):
        axis = torch.linspace(-1, 1, SIZE)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        lean, width = latents[:, 0, None, None], latents[:, 1, None, None].mul(0.35).exp() * 0.3
        along = x + 0.25 * lean * y
        return torch.sigmoid((width - along.abs()) * 40)[:, None] * 2 - 1


class Ruler(nn.Module):
    """Measures the lean and the width of a bar, as features."""

    condition = None

    def forward(self, images, condition):
        ink = (images[:, 0] + 1) / 2
        axis = torch.linspace(-1, 1, SIZE)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        mass = ink.sum((1, 2))
        lean = -(ink * x * y).sum((1, 2)) / (ink * y * y).sum((1, 2)) / 0.25
        width = (mass / SIZE / (SIZE - 1) / 0.3).log() / 0.35
        return DiscriminatorOutput(mass, torch.stack([lean, width], 1))


class Head(nn.Module):
    """Takes the measured factors for the codes, times `gain`, certain to a tenth."""

    def __init__(self, gain):
        super().__init__()
        self.gain = gain

    def forward(self, features):
        certain = torch.full((len(features), 1), -4.6)
        return {
            name: torch.cat([self.gain * features[:, i : i + 1], certain], 1) for i, name in enumerate(("c2", "c3"))
        }


def value(gain, transforms):
    torch.manual_seed(0)
    networks = nn.ModuleDict({"generator": Bars(), "discriminator": Ruler(), "q_head": Head(gain)})
    step = Step(networks, SPEC, Batch(torch.zeros(256, 1, SIZE, SIZE)), trains_generator=True)
    # The arithmetic above wants whole floats, not the networks' sixteen bits.
    step._autocast = lambda: torch.autocast("cpu", enabled=False)
    return Equivariance(kind="equivariance", transforms=transforms)(step).item()


RIGHT = (CodeTransform(code="c2", shear=0.25), CodeTransform(code="c3", stretch=0.35))


def test_an_equivariant_prediction_has_the_lowest_loss():
    certainty = 2 * 0.5 * (1.8379 - 4.6)  # -log of a Gaussian's peak, for both codes
    assert value(1.0, RIGHT) == pytest.approx(certainty, abs=0.3)
    assert value(0.5, RIGHT) > value(1.0, RIGHT) + 2
    assert value(1.5, RIGHT) > value(1.0, RIGHT) + 2


def test_a_transform_of_the_wrong_sign_or_factor_has_a_high_loss():
    assert value(1.0, (CodeTransform(code="c2", shear=-0.25),)) > value(1.0, RIGHT[:1]) + 2
    assert value(1.0, (CodeTransform(code="c2", stretch=0.35),)) > value(1.0, RIGHT[:1]) + 2
