"""Generation outside training: latents in, pixels out, in batches that fit into memory."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from latent.codes import Latents
from trainer.networks.output import to_uint8

MAX_ROWS = 250
"""The largest number of images in one forward pass outside training.

An image of 128 x 128 pixels needs several megabytes while it is generated.
"""


@torch.no_grad()
def generate(generator: nn.Module, latents: Latents) -> NDArray[np.uint8]:
    """Latents float32 `(n, dim)` -> images uint8 `(n, C, H, W)`, on the generator's device, `MAX_ROWS` at a time."""
    device = next(generator.parameters()).device
    batches = torch.from_numpy(latents).split(MAX_ROWS)
    return np.concatenate([to_uint8(generator(batch.to(device))).cpu().numpy() for batch in batches])
