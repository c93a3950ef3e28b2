import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.card import ImageShape
from trainer.networks.conditional_stack import ConditionalAffine
from trainer.networks.conv import ConvGenerator
from trainer.networks.mlp import MlpGenerator
from trainer.networks.residual import ResidualGenerator

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4), Continuous(name="c2")))


@pytest.mark.parametrize(
    ("channels", "size", "colours"), [((6, 4), 28, 1), ((8, 6, 4), 32, 3), ((8, 6, 4), 64, 1), ((8, 6, 4, 4), 128, 3)]
)
@pytest.mark.parametrize(
    "make",
    [
        lambda channels: ConvGenerator(kind="conv", hidden=8, channels=channels),
        lambda channels: ConvGenerator(kind="conv", hidden=0, channels=channels, conditional_norm="c1"),
        lambda channels: ResidualGenerator(kind="residual", channels=(*channels, 4), conditional_norm="c1"),
        lambda channels: ResidualGenerator(kind="residual", channels=(*channels, 4), norm="none"),
        lambda _: MlpGenerator(kind="mlp", widths=(9, 8), norm="batch"),
    ],
)
def test_every_kind_generates_every_size(make, channels, size, colours):
    shape = ImageShape(channels=colours, height=size, width=size)
    generator = make(channels).build(SPEC, shape)
    images = generator(torch.randn(2, SPEC.dim))
    assert images.shape == (2, colours, size, size)
    assert images.abs().max() <= 1
    assert generator.input_layer.in_features == SPEC.dim


def test_a_size_that_is_not_divisible_is_refused():
    with pytest.raises(ValueError, match="28 px cannot be halved 3 times"):
        ConvGenerator(kind="conv", channels=(8, 8, 8)).build(SPEC, ImageShape(channels=1, height=28, width=28))


def test_a_conditional_norm_starts_as_a_plain_one_and_learns_the_condition():
    layer = ConditionalAffine(channels=5, size=4)
    x, condition = torch.randn(3, 5, 2, 2), torch.eye(4)[[0, 1, 1]]
    torch.testing.assert_close(layer(x, condition), x)
    with torch.no_grad():
        layer.table.weight[:5, 1], layer.table.weight[5:, 1] = 2.0, 0.5
    torch.testing.assert_close(layer(x, condition)[0], x[0])
    torch.testing.assert_close(layer(x, condition)[1:], 2 * x[1:] + 0.5)


def test_residual_networks_without_norm_start_as_their_skip_connections():
    """Signals neither vanish nor explode, however deep: R3GAN's condition for doing without normalisation."""
    torch.manual_seed(0)
    shape = ImageShape(channels=1, height=128, width=128)
    deep = ResidualGenerator(kind="residual", channels=(16,) * 6, norm="none").build(SPEC, shape)
    first, *blocks = deep.layers[1:7]
    x = first(deep.layers[0](torch.randn(64, SPEC.dim)))
    y = x
    for block in blocks:
        y = block(y)
    assert y.std().item() == pytest.approx(x.std().item(), rel=0.05)
