from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from latent import Categorical, Continuous, LatentSpec
from trainer.data.sampler import Batch
from trainer.losses.classification import Classification
from trainer.networks.discriminator import DiscriminatorOutput
from trainer.networks.q_head import CodePrediction

LOGITS = torch.tensor([[2.0, 0, -1], [0, 1, 0]])


def one_hot(*labels):
    return {"c1": torch.eye(3)[list(labels)]}


def prediction(images) -> CodePrediction:
    return {"c1": LOGITS + images.flatten(1).mean(1, keepdim=True) * torch.tensor([0.0, 0, 1])}


def step(batch):
    return SimpleNamespace(
        spec=LatentSpec(variables=(Categorical(name="c1", size=3), Continuous(name="c2"))),
        batch=batch,
        real_output=DiscriminatorOutput(torch.zeros(2), batch.images),
        discriminate=lambda images: DiscriminatorOutput(torch.zeros(2), images),
        predict_codes=prediction,
        encode=lambda images: SimpleNamespace(codes=prediction(images)),
    )


@pytest.mark.parametrize("network", ["q_head", "encoder"])
def test_the_loss_is_the_cross_entropy_of_the_labels(network):
    batch = Batch(torch.zeros(2, 1, 1, 1), one_hot(0, 2))
    value = Classification(kind="classification", network=network)(step(batch)).item()
    assert value == pytest.approx(F.cross_entropy(LOGITS, torch.tensor([0, 2])).item())


@pytest.mark.parametrize("network", ["q_head", "encoder"])
def test_a_few_labels_are_used_with_their_own_images(network):
    few = Batch(torch.full((2, 1, 1, 1), 5.0), one_hot(2, 1))
    value = Classification(kind="classification", network=network)(step(Batch(torch.zeros(2, 1, 1, 1), labelled=few)))
    expected = F.cross_entropy(prediction(few.images)["c1"], torch.tensor([2, 1]))
    torch.testing.assert_close(value, expected)


def test_a_measured_code_has_the_likelihood_of_a_normal_distribution():
    batch = Batch(torch.zeros(2, 1, 1, 1), one_hot(0, 2) | {"c2": torch.tensor([[0.5], [-1.0]])})
    asked = step(batch)
    asked.predict_codes = lambda images: prediction(images) | {"c2": torch.zeros(2, 2)}
    value = Classification(kind="classification", network="q_head", codes=("c2",))(asked)
    expected = -torch.distributions.Normal(0.0, 1.0).log_prob(batch.codes["c2"]).mean()
    torch.testing.assert_close(value, expected)
