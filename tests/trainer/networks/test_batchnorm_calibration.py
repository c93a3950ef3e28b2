import torch

from latent import codes
from tests.latent.test_card import CARD
from trainer.networks.batchnorm_calibration import calibrate_batchnorm
from trainer.networks.conv import ConvGenerator


def test_calibrated_statistics_are_those_of_the_activations():
    torch.manual_seed(0)
    network = ConvGenerator(kind="conv", hidden=16, channels=(8, 6)).build(CARD.latent, CARD.image)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    generator = calibrate_batchnorm(network, CARD.latent, batches=2, batch=100)
    assert not generator.training
    latents = torch.from_numpy(codes.draw(CARD.latent, 77, range(2000)))
    with torch.no_grad():
        normalised = generator.layers[:2](latents)
    norm = generator.layers[1]
    torch.testing.assert_close(normalised.mean(0), norm.bias, atol=0.3, rtol=0)
    torch.testing.assert_close(normalised.std(0), norm.weight.abs(), atol=0.1, rtol=0.2)
    assert torch.equal(network.layers[1].running_mean, torch.zeros(16)), "the original is not changed"
