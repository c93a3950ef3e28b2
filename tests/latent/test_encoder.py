"""What an encoder's outputs may be called."""

from __future__ import annotations

from latent import LatentSpec
from latent.encoder import GENERATOR_KEY, outputs
from trainer import export_encoder


def test_every_code_has_its_outputs(mnist: LatentSpec) -> None:
    assert outputs(mnist) == {"c1": 10, "c2": 1, "c3": 1, "c2_log_variance": 1, "c3_log_variance": 1}


def test_the_trainer_writes_the_key_that_is_read() -> None:
    assert export_encoder.GENERATOR_KEY == GENERATOR_KEY
