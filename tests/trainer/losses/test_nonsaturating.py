from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from trainer.losses import DiscriminatorLogistic, GeneratorNonSaturating
from trainer.networks.discriminator import Verdict


def verdict(scores):
    return Verdict(torch.tensor(scores), torch.zeros(len(scores), 1))


def test_equals_binary_cross_entropy():
    real, fake = [2.0, -1.0, 0.5], [-3.0, 0.2, 1.0]
    step = SimpleNamespace(on_real=verdict(real), on_fake=verdict(fake))

    def bce(scores, target):
        return F.binary_cross_entropy_with_logits(torch.tensor(scores), torch.full((3,), target)).item()

    discriminator = DiscriminatorLogistic(kind="discriminator-logistic")(step)
    assert discriminator.item() == pytest.approx(bce(real, 1.0) + bce(fake, 0.0))
    assert GeneratorNonSaturating(kind="generator-nonsaturating")(step).item() == pytest.approx(bce(fake, 1.0))
