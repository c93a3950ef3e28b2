"""Random latents for training, drawn on the device from torch's global random generator."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from latent.spec import Categorical, Continuous, LatentSpec, Noise
from trainer.runtime import distributed


def sample_latents(spec: LatentSpec, n: int, device: torch.device) -> Tensor:
    """`n` latents from the prior, float32 `(n, dim)`: this process's shard of those drawn for all processes.

    Training never needs the same latents again, so the fast global generator is enough; `latent.codes.draw` is the
    repeatable one.
    """
    n *= distributed.world_size()
    parts = []
    for variable in spec:
        match variable:
            case Noise():
                parts.append(torch.randn(n, variable.size, device=device))
            case Categorical():
                values = torch.randint(variable.size, (n,), device=device)
                parts.append(F.one_hot(values, variable.size).float())
            case Continuous():
                parts.append(torch.rand(n, 1, device=device) * (variable.high - variable.low) + variable.low)
    return distributed.shard(torch.cat(parts, 1))
