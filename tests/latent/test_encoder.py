"""What an encoder's outputs may be called."""

from __future__ import annotations

from latent import LatentSpec
from latent.encoder import outputs


def test_every_code_has_its_outputs(mnist: LatentSpec) -> None:
    assert outputs(mnist) == {"c1": 10, "c2": 1, "c3": 1, "c2_log_variance": 1, "c3_log_variance": 1}
