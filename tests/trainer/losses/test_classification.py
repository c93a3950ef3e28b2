from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional as F

from trainer.data.sampler import Batch
from trainer.losses.classification import Classification
from trainer.networks.discriminator import DiscriminatorOutput
from trainer.networks.q_head import Reading

LOGITS = torch.tensor([[2.0, 0, -1], [0, 1, 0]])


def one_hot(*labels):
    return {"c1": torch.eye(3)[list(labels)]}


def reading(images) -> Reading:
    return {"c1": LOGITS + images.flatten(1).mean(1, keepdim=True) * torch.tensor([0.0, 0, 1])}


def step(batch):
    return SimpleNamespace(
        batch=batch,
        real_output=DiscriminatorOutput(torch.zeros(2), batch.images),
        discriminate=lambda images: DiscriminatorOutput(torch.zeros(2), images),
        predict_codes=reading,
        encode=lambda images: SimpleNamespace(codes=reading(images)),
    )


@pytest.mark.parametrize("reader", ["q_head", "encoder"])
def test_real_images_are_read_as_their_labels(reader):
    batch = Batch(torch.zeros(2, 1, 1, 1), one_hot(0, 2))
    value = Classification(kind="classification", network=reader)(step(batch)).item()
    assert value == pytest.approx(F.cross_entropy(LOGITS, torch.tensor([0, 2])).item())


@pytest.mark.parametrize("reader", ["q_head", "encoder"])
def test_of_a_handful_of_labels_their_own_images_are_read(reader):
    few = Batch(torch.full((2, 1, 1, 1), 5.0), one_hot(2, 1))
    value = Classification(kind="classification", network=reader)(step(Batch(torch.zeros(2, 1, 1, 1), labelled=few)))
    expected = F.cross_entropy(reading(few.images)["c1"], torch.tensor([2, 1]))
    torch.testing.assert_close(value, expected)
