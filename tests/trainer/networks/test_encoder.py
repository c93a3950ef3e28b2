import pytest
import torch

from latent import Categorical, LatentSpec, Noise
from latent.card import ImageShape
from trainer.networks.encoder import ConvEncoder, Encoder

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4)))


@pytest.mark.parametrize("overclusters", [0, 9])
def test_encoder(overclusters):
    config = ConvEncoder(channels=(4, 4, 4), hidden=8, overclusters=overclusters)
    encoding = Encoder(config, SPEC, ImageShape(channels=1, height=28, width=28))(torch.randn(3, 1, 28, 28))
    assert encoding.codes["c1"].shape == (3, 4)
    if overclusters:
        assert encoding.overclusters.shape == (3, 9)
    else:
        assert encoding.overclusters is None
