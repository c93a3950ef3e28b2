import pytest
import torch

from latent import Categorical, LatentSpec, Noise
from latent.card import ImageShape
from trainer.data.augmentation import RandomAffine
from trainer.networks.conv import ConvDiscriminator
from trainer.networks.mlp import MlpDiscriminator
from trainer.networks.residual import ResidualDiscriminator

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4)))
DIGIT = ImageShape(channels=1, height=28, width=28)
LABELS = torch.eye(4)[[0, 3]]


def conv(**changes):
    return ConvDiscriminator(kind="conv", channels=(8, 8), hidden=16, **changes).build(SPEC, DIGIT)


@pytest.mark.parametrize(("channels", "size", "colours"), [((6, 4), 28, 1), ((8, 6, 4), 32, 3), ((8, 6, 4, 4), 128, 3)])
@pytest.mark.parametrize(
    "make",
    [
        lambda channels: ConvDiscriminator(kind="conv", channels=channels, hidden=8),
        lambda channels: ResidualDiscriminator(kind="residual", channels=channels, hidden=8, projects="c1"),
        lambda channels: ResidualDiscriminator(kind="residual", channels=channels, hidden=8, norm="spectral"),
        lambda _: MlpDiscriminator(kind="mlp", widths=(9,), hidden=8, concatenates="c1"),
    ],
)
def test_every_kind_takes_every_size(make, channels, size, colours):
    network = make(channels).build(SPEC, ImageShape(channels=colours, height=size, width=size))
    score, features = network(torch.randn(2, colours, size, size), LABELS)
    assert score.shape == (2,)
    assert features.shape == (2, 8)


def test_without_a_hidden_layer_the_features_are_the_last_feature_maps():
    network = ConvDiscriminator(kind="conv", channels=(4, 6), hidden=0, projects="c1").build(SPEC, DIGIT)
    output = network(torch.randn(2, 1, 28, 28), LABELS)
    assert output.features.shape == (2, 6 * 7 * 7)
    assert [type(layer).__name__ for layer in network.trunk].count("Linear") == 0


def test_spectral_norm_bounds_how_fast_the_score_can_change():
    torch.manual_seed(0)
    network = conv(norm="spectral")
    images = torch.randn(4, 1, 28, 28)
    for _ in range(50):  # the power iteration settles while training
        network(images)
    network.eval()
    direction = torch.randn_like(images)
    change = (network(images + 1e-2 * direction).score - network(images).score).abs()
    # Each 4x4 convolution of stride 2 covers a pixel four times, so its operator norm is at most twice its matrix's.
    assert (change <= 4 * 1e-2 * direction.flatten(1).norm(dim=1)).all()


def test_batchnorm_is_not_at_the_input_and_not_in_critics_without_norm():
    assert str(conv(norm="batch")).count("BatchNorm2d") == 1
    assert "BatchNorm" not in str(conv(norm="none"))


@pytest.mark.parametrize("how", ["concatenates", "projects"])
def test_the_score_of_a_conditional_discriminator_depends_on_the_code(how):
    torch.manual_seed(0)
    network = conv(norm="none", **{how: "c1"})
    assert network.condition == "c1"
    image = torch.randn(1, 1, 28, 28)
    scores = [network(image, one[None]).score.item() for one in torch.eye(4)]
    assert len(set(scores)) == 4


def test_projection_adds_the_product_of_embedding_and_features():
    network = conv(norm="none", projects="c1")
    images = torch.randn(2, 1, 28, 28)
    score, features = network(images, LABELS)
    expected = network.score(features).squeeze(1) + (network.embedding.weight.T[[0, 3]] * features).sum(1)
    torch.testing.assert_close(score, expected)


def test_images_are_augmented_only_in_training_mode():
    network = conv(norm="none", augment=RandomAffine(rotate=0, shear=0, scale=0, translate=0.2))
    images = torch.randn(2, 1, 28, 28)
    assert not torch.equal(network(images).score, network(images).score)
    network.eval()
    assert torch.equal(network(images).score, network(images).score)
