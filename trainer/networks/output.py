"""The conversion of a generator's output to pixels."""

from __future__ import annotations

import torch
from torch import Tensor


def to_uint8(images: Tensor) -> Tensor:
    """Images float in [-1, 1] -> uint8 of the same shape, 0 = black; the inverse of `trainer.data.sampler.to_float`."""
    return ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
