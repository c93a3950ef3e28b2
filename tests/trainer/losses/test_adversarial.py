"""The adversarial losses beside their papers' equations, on scores worked out by hand."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from trainer.losses.hinge import DiscriminatorHinge
from trainer.losses.leastsquares import DiscriminatorLeastSquares, GeneratorLeastSquares
from trainer.losses.nonsaturating import DiscriminatorLogistic, GeneratorNonSaturating
from trainer.losses.relativistic import DiscriminatorRelativistic, GeneratorRelativistic
from trainer.losses.wasserstein import DiscriminatorWasserstein, GeneratorWasserstein
from trainer.networks.discriminator import DiscriminatorOutput

REAL, FAKE = [2.0, -1.0, 0.5], [-3.0, 0.2, 1.0]


def output(scores):
    return DiscriminatorOutput(torch.tensor(scores, requires_grad=True), torch.zeros(len(scores), 1))


@pytest.fixture
def step():
    return SimpleNamespace(real_output=output(REAL), fake_output=output(FAKE))


def softplus(x):
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("loss", "terms"),
    [
        (DiscriminatorHinge(kind="discriminator-hinge"), [0 + 0, 2 + 1.2, 0.5 + 2]),
        (
            DiscriminatorLeastSquares(kind="discriminator-least-squares"),
            [(1 + 9) / 2, (4 + 0.04) / 2, (0.25 + 1) / 2],
        ),
        (GeneratorLeastSquares(kind="generator-least-squares"), [16 / 2, 0.64 / 2, 0]),
        (DiscriminatorWasserstein(kind="discriminator-wasserstein"), [-5, 1.2, 0.5]),
        (GeneratorWasserstein(kind="generator-wasserstein"), [3, -0.2, -1]),
        (DiscriminatorRelativistic(kind="discriminator-relativistic"), [softplus(-5), softplus(1.2), softplus(0.5)]),
        (GeneratorRelativistic(kind="generator-relativistic"), [softplus(5), softplus(-1.2), softplus(-0.5)]),
    ],
)
def test_the_value_is_that_of_the_paper(step, loss, terms):
    assert loss(step).item() == pytest.approx(sum(terms) / 3)


def test_the_logistic_losses_are_binary_cross_entropy(step):
    def bce(scores, target):
        return F.binary_cross_entropy_with_logits(torch.tensor(scores), torch.full((3,), target)).item()

    discriminator = DiscriminatorLogistic(kind="discriminator-logistic")(step)
    assert discriminator.item() == pytest.approx(bce(REAL, 1.0) + bce(FAKE, 0.0))
    assert GeneratorNonSaturating(kind="generator-nonsaturating")(step).item() == pytest.approx(bce(FAKE, 1.0))


def test_the_relativistic_generator_loss_has_no_gradient_for_real_scores(step):
    GeneratorRelativistic(kind="generator-relativistic")(step).backward()
    assert step.real_output.score.grad is None
    assert (step.fake_output.score.grad < 0).all()
