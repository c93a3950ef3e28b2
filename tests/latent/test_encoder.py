"""The outputs that an encoder may have."""

from __future__ import annotations

from latent import LatentSpec
from latent.encoder import output_sizes


def test_every_code_has_its_outputs(mnist: LatentSpec) -> None:
    assert output_sizes(mnist) == {"c1": 10, "c2": 1, "c3": 1, "c2_log_variance": 1, "c3_log_variance": 1}
