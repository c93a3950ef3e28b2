import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from trainer.networks.q_head import QHead

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4), Continuous(name="c2")))


def test_a_q_head_predicts_the_given_codes():
    reading = QHead(("c2", "c1"), SPEC, features=5, hidden=7)(torch.randn(6, 5))
    assert {name: tuple(value.shape) for name, value in reading.items()} == {"c2": (6, 2), "c1": (6, 4)}


@pytest.mark.parametrize("unknown", ["z", "c9"])
def test_noise_and_unknown_codes_are_refused(unknown):
    with pytest.raises(ValueError, match=rf"cannot read \['{unknown}'\]: the latent's codes are \['c1', 'c2'\]"):
        QHead((unknown,), SPEC, features=5)
