"""The small pieces the networks share."""

from __future__ import annotations

import torch
from torch import nn

from trainer.networks.layers import ConvTranspose2d, Flatten


def test_a_gradient_lies_as_the_maps_do_and_is_the_same() -> None:
    maps = torch.randn(5, 4, 3, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
    weights = torch.randn(5, 24)
    gradients = []
    for flatten in (Flatten(), nn.Flatten()):
        flat = flatten(maps)
        assert torch.equal(flat, maps.reshape(5, -1))
        before = maps * 1.0
        product = flatten(before) * weights
        before.register_hook(gradients.append)  # after the layer's own
        product.sum().backward()
    ours, plain = gradients
    assert torch.equal(ours, plain)
    assert ours.is_contiguous(memory_format=torch.channels_last)
    assert not plain.is_contiguous(memory_format=torch.channels_last)  # else there would be nothing to mend


def test_a_gradient_of_a_gradient_goes_through() -> None:
    maps = torch.randn(2, 3, 4, 4, dtype=torch.float64).contiguous(memory_format=torch.channels_last).requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: Flatten()(x).pow(3), maps)


def test_a_bias_added_apart_is_the_same_layer() -> None:
    layer = ConvTranspose2d(6, 3, 4, 2, 1).double()
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
