import pytest
import torch
from torch import nn

from latent import Categorical, LatentSpec, Noise
from latent.card import ImageShape
from trainer.networks.batchnorm_folding import fold_batchnorm
from trainer.networks.conv import ConvGenerator
from trainer.networks.mlp import MlpGenerator
from trainer.networks.residual import ResidualGenerator

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4)))
DIGIT = ImageShape(channels=1, height=28, width=28)


@pytest.mark.parametrize(
    "config",
    [
        ConvGenerator(kind="conv", hidden=8, channels=(6, 4)),
        ConvGenerator(kind="conv", hidden=0, channels=(6, 4), conditional_norm="c1"),
        ResidualGenerator(kind="residual", channels=(6, 6, 4)),
        ResidualGenerator(kind="residual", channels=(6, 5, 4), conditional_norm="c1"),
        MlpGenerator(kind="mlp", widths=(9, 8), norm="batch"),
    ],
)
def test_folding_keeps_the_function_and_removes_batchnorm(config):
    torch.manual_seed(0)
    generator = config.build(SPEC, DIGIT)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    latents = torch.cat([torch.randn(50, 3), torch.eye(4)[torch.arange(50) % 4]], 1)
    generator(latents)  # running statistics far from the identity
    generator.eval()
    folded = fold_batchnorm(generator)
    assert not any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in folded.modules())
    assert any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in generator.modules())
    with torch.no_grad():
        torch.testing.assert_close(folded(latents), generator(latents), atol=1e-5, rtol=1e-4)
