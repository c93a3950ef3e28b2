"""The building blocks of the networks."""

from __future__ import annotations

import torch
from torch import nn

from trainer.networks.layers import ChannelsLastFlatten, SeparateBiasConvTranspose2d


def test_flatten_gives_the_same_gradient_in_channels_last_order() -> None:
    maps = torch.randn(5, 4, 3, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
    weights = torch.randn(5, 24)
    gradients = []
    for flatten in (ChannelsLastFlatten(), nn.Flatten()):
        flat = flatten(maps)
        assert torch.equal(flat, maps.reshape(5, -1))
        before = maps * 1.0
        product = flatten(before) * weights
        before.register_hook(gradients.append)  # after the hook of the layer
        product.sum().backward()
    ours, plain = gradients
    assert torch.equal(ours, plain)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    assert not plain.is_contiguous(memory_format=torch.channels_last)  # otherwise the class would not be needed


def test_flatten_is_twice_differentiable() -> None:
    maps = torch.randn(2, 3, 4, 4, dtype=torch.float64).contiguous(memory_format=torch.channels_last).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: ChannelsLastFlatten()(x).pow(3), maps)


def test_a_separate_bias_gives_the_same_layer() -> None:
    layer = SeparateBiasConvTranspose2d(6, 3, 4, 2, 1).double()
    plain = nn.ConvTranspose2d(6, 3, 4, 2, 1).double()
    plain.load_state_dict(layer.state_dict())
    maps = torch.randn(2, 6, 5, 5, dtype=torch.float64)
    weights = torch.randn(2, 3, 10, 10, dtype=torch.float64)
    for module in (layer, plain):
        (module(maps) * weights).sum().backward()
    torch.testing.assert_close(layer(maps), plain(maps))
    for ours, theirs in zip(layer.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)
    with torch.no_grad():
        assert torch.equal(layer(maps), plain(maps))
