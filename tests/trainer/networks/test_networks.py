import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from latent.card import ImageShape
from trainer.networks.codes import CodeHead
from trainer.networks.discriminator import Discriminator, DiscriminatorConfig
from trainer.networks.encoder import Encoder, EncoderConfig
from trainer.networks.generator import Generator, GeneratorConfig

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4), Continuous(name="c2")))


@pytest.mark.parametrize(
    ("channels", "size", "colours"), [((6, 4), 28, 1), ((8, 6, 4), 32, 3), ((8, 6, 4), 64, 1), ((8, 6, 4, 4), 128, 3)]
)
def test_generator_and_discriminator_work_at_every_size(channels, size, colours):
    shape = ImageShape(channels=colours, height=size, width=size)
    images = Generator(GeneratorConfig(hidden=8, channels=channels), SPEC.dim, shape)(torch.randn(2, SPEC.dim))
    assert images.shape == (2, colours, size, size)
    assert images.abs().max() <= 1
    score, features = Discriminator(DiscriminatorConfig(channels=channels[::-1], hidden=8), shape)(images)
    assert score.shape == (2,)
    assert features.shape == (2, 8)


def test_a_size_that_cannot_be_halved_that_often_is_refused():
    with pytest.raises(ValueError, match="28 px cannot be halved 3 times"):
        Generator(GeneratorConfig(channels=(8, 8, 8)), 3, ImageShape(channels=1, height=28, width=28))


def test_spectral_norm_bounds_how_fast_the_score_can_change():
    torch.manual_seed(0)
    shape = ImageShape(channels=1, height=28, width=28)
    network = Discriminator(DiscriminatorConfig(channels=(8, 8), hidden=16, norm="spectral"), shape)
    images = torch.randn(4, 1, 28, 28)
    for _ in range(50):  # the power iteration settles while training
        network(images)
    network.eval()
    direction = torch.randn_like(images)
    change = (network(images + 1e-2 * direction).score - network(images).score).abs()
    # Each 4x4 convolution of stride 2 covers a pixel four times, so its operator norm is at most twice its matrix's.
    assert (change <= 4 * 1e-2 * direction.flatten(1).norm(dim=1)).all()


def test_batchnorm_stays_away_from_the_input_and_from_critics_without_norm():
    shape = ImageShape(channels=1, height=28, width=28)
    kinds = {
        norm: str(Discriminator(DiscriminatorConfig(channels=(4, 4), norm=norm), shape)) for norm in ("batch", "none")
    }
    assert kinds["batch"].count("BatchNorm2d") == 1
    assert "BatchNorm" not in kinds["none"]


def test_a_code_head_reads_the_codes_it_is_told_to():
    reading = CodeHead(("c2", "c1"), SPEC, features=5, hidden=7)(torch.randn(6, 5))
    assert {name: tuple(value.shape) for name, value in reading.items()} == {"c2": (6, 2), "c1": (6, 4)}


@pytest.mark.parametrize("unknown", ["z", "c9"])
def test_a_code_head_cannot_read_noise_or_what_is_not_there(unknown):
    with pytest.raises(ValueError, match=rf"cannot read \['{unknown}'\]: the latent's codes are \['c1', 'c2'\]"):
        CodeHead((unknown,), SPEC, features=5)


@pytest.mark.parametrize("overclusters", [0, 9])
def test_encoder(overclusters):
    config = EncoderConfig(channels=(4, 4, 4), hidden=8, overclusters=overclusters)
    encoding = Encoder(config, SPEC, ImageShape(channels=1, height=28, width=28))(torch.randn(3, 1, 28, 28))
    assert encoding.codes["c1"].shape == (3, 4)
    if overclusters:
        assert encoding.overclusters.shape == (3, 9)
    else:
        assert encoding.overclusters is None
