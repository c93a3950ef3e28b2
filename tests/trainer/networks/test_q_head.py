import pytest
import torch

from latent import Categorical, Continuous, LatentSpec, Noise
from trainer.networks.q_head import QHead

SPEC = LatentSpec(variables=(Noise(size=3), Categorical(name="c1", size=4), Continuous(name="c2")))


def test_a_code_head_reads_the_codes_it_is_told_to():
    reading = QHead(("c2", "c1"), SPEC, features=5, hidden=7)(torch.randn(6, 5))
    assert {name: tuple(value.shape) for name, value in reading.items()} == {"c2": (6, 2), "c1": (6, 4)}


@pytest.mark.parametrize("unknown", ["z", "c9"])
def test_a_code_head_cannot_read_noise_or_what_is_not_there(unknown):
    with pytest.raises(ValueError, match=rf"cannot read \['{unknown}'\]: the latent's codes are \['c1', 'c2'\]"):
        QHead((unknown,), SPEC, features=5)
