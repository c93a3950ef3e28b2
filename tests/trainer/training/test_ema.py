import pytest
import torch
from torch import nn

from trainer.training.ema import Ema


def test_half_the_old_weights_remain_after_a_half_life():
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(0.0)
        ema = Ema(network, half_life_kimg=2.0)
        network.weight.fill_(1.0)
    for _ in range(4):
        ema.update(network, kimg_so_far=1000, kimg_step=0.5)
    assert ema.network.weight.item() == pytest.approx(0.5)


def test_early_in_a_run_the_half_life_is_shorter():
    network = nn.Linear(1, 1, bias=False)
    ema = Ema(network, half_life_kimg=1000.0)
    with torch.no_grad():
        network.weight.fill_(7.0)
    ema.update(network, kimg_so_far=0.0, kimg_step=0.1)
    assert ema.network.weight.item() == 7.0


def test_buffers_are_copied_and_parameters_need_no_gradient():
    network = nn.BatchNorm1d(3)
    ema = Ema(network, half_life_kimg=1000.0)
    network(torch.randn(8, 3) + 5)
    ema.update(network, kimg_so_far=1e6, kimg_step=0.1)
    assert torch.equal(ema.network.running_mean, network.running_mean)
    assert not any(parameter.requires_grad for parameter in ema.network.parameters())
    assert not ema.network.training
