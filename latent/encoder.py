"""What an encoder's file holds: `NAME.encoder.onnx` beside the generator `NAME.onnx` reads its codes off images.

It maps `images`, uint8 `(batch, C, H, W)` with 0 = black, to one float32 output a name: a categorical code's
probabilities `(batch, size)` in the order of the generator's values; of a continuous code `c` the mean `c` and, under
`c_log_variance`, the log variance, `(batch, 1)` each.
"""

from __future__ import annotations

from latent.spec import Continuous, LatentSpec

GENERATOR_KEY = "inkcode.generator_sha256"
"""Key of the generator's digest, hexadecimal, in the encoder's metadata: they belong together."""

LOG_VARIANCE = "_log_variance"
"""What a continuous code's name ends in where it names the log variance."""


def outputs(spec: LatentSpec) -> dict[str, int]:
    """Every output that an encoder of `spec` may have, and how many numbers an image it gives."""
    widths = {code.name: code.width for code in spec.codes}
    return widths | {code.name + LOG_VARIANCE: 1 for code in spec.codes if isinstance(code, Continuous)}
