"""Latents for training, drawn on the device from torch's own stream."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from latent.spec import Categorical, Continuous, LatentSpec, Noise
from trainer.training import distributed


def draw(spec: LatentSpec, n: int, device: torch.device) -> Tensor:
    """`n` latents from the prior, float32 `(n, dim)`: this process's, of those drawn for all.

    Training draws millions and never asks for one of them again, so it takes the fast shared stream;
    `latent.codes.draw` is the repeatable one.
    """
    parts = []
    n *= distributed.world()
    for variable in spec:
        match variable:
            case Noise():
                parts.append(torch.randn(n, variable.size, device=device))
            case Categorical():
                values = torch.randint(variable.size, (n,), device=device)
                parts.append(F.one_hot(values, variable.size).float())
            case Continuous():
                parts.append(torch.rand(n, 1, device=device) * (variable.high - variable.low) + variable.low)
    return distributed.share(torch.cat(parts, 1))
