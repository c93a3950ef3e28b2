from types import SimpleNamespace

import pytest
import torch

from trainer.losses.penalty import R1
from trainer.networks.discriminator import Verdict


def test_a_linear_critic_is_charged_half_its_squared_slope():
    weight = torch.tensor([1.0, -2.0, 0.5, 3.0]).reshape(1, 1, 2, 2).requires_grad_()
    step = SimpleNamespace(
        real=torch.randn(8, 1, 2, 2),
        judge=lambda images: Verdict((images * weight).sum((1, 2, 3)), images.flatten(1)),
    )
    loss = R1(kind="r1", share=0.5)(step)
    assert loss.item() == pytest.approx(0.5 * weight.square().sum().item())
    loss.backward()
    torch.testing.assert_close(weight.grad, weight.detach())
