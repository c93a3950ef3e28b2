"""The contract of an encoder's file: `NAME.encoder.onnx`, beside the generator `NAME.onnx`, infers codes from images.

Its input is `images`, uint8 `(batch, C, H, W)`, 0 = black. Its outputs are float32: for a categorical code its
probabilities `(batch, size)`, in the order of the generator's values; for a continuous code `c` the mean, `c`, and the
log variance, `c_log_variance`, `(batch, 1)` each (the approximate posterior of Chen et al. 2016, "InfoGAN"); and for
the noise `style` likewise, `(batch, size)` each.
"""

from __future__ import annotations

from latent.spec import Categorical, LatentSpec

GENERATOR_KEY = "inkcode.generator_sha256"
"""Key, in the encoder's metadata, of the digest of the generator that it was trained with.

It is the generator's `latent.onnx_file.graph_sha256`, which a new card does not change. Files of earlier versions have
the SHA-256 of the generator's whole file, hexadecimal too; readers accept both.
"""

LOG_VARIANCE = "_log_variance"
"""Suffix of a continuous code's name that names the output with its log variance."""


def output_sizes(spec: LatentSpec) -> dict[str, int]:
    """The outputs that an encoder for `spec` may have, by name: the length of each per image."""
    widths = {variable.name: variable.width for variable in spec.readable}
    return widths | {v.name + LOG_VARIANCE: v.width for v in spec.readable if not isinstance(v, Categorical)}
