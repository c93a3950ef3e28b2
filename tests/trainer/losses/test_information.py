import math

import pytest
import torch

from latent import Categorical, Continuous, LatentSpec
from trainer.losses.information import code_likelihood

SPEC = LatentSpec(variables=(Categorical(name="c1", size=4), Continuous(name="c2")))


def test_a_uniform_prediction_costs_the_entropy_of_the_code():
    latents = torch.tensor([[1.0, 0, 0, 0, 0.3], [0, 0, 1.0, 0, -0.8]])
    reading = {"c1": torch.zeros(2, 4)}
    assert code_likelihood(reading, SPEC, latents, "c1").item() == pytest.approx(math.log(4))


def test_a_certain_correct_prediction_costs_nothing():
    latents = torch.tensor([[0.0, 1, 0, 0, 0]])
    reading = {"c1": torch.tensor([[0.0, 50, 0, 0]])}
    assert code_likelihood(reading, SPEC, latents, "c1").item() == pytest.approx(0, abs=1e-6)


def test_a_continuous_code_costs_minus_the_log_density_of_the_gaussian():
    targets, means, log_variances = torch.tensor([0.3, -0.8]), torch.tensor([0.1, 0.5]), torch.tensor([-1.0, 0.7])
    latents = torch.cat([torch.eye(4)[:2], targets[:, None]], 1)
    expected = -torch.distributions.Normal(means, (log_variances / 2).exp()).log_prob(targets).mean()
    reading = {"c2": torch.stack([means, log_variances], 1)}
    torch.testing.assert_close(code_likelihood(reading, SPEC, latents, "c2"), expected)


def test_a_vanishing_variance_is_bounded():
    latents = torch.tensor([[1.0, 0, 0, 0, 0.5]])
    value = code_likelihood({"c2": torch.tensor([[0.4, -1e6]])}, SPEC, latents, "c2")
    assert value.item() == pytest.approx(0.5 * (math.log(2 * math.pi) - 7 + 0.01 * math.exp(7)), rel=1e-4)
