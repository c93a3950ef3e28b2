"""BatchNorm statistics of an averaged generator, computed anew because averaging weights invalidates them."""

from __future__ import annotations

import copy

import torch
from torch import nn

from latent import codes
from latent.spec import LatentSpec
from trainer.networks.generator import Generator
from trainer.networks.inference import MAX_ROWS


@torch.no_grad()
def calibrate_batchnorm(generator: Generator, spec: LatentSpec, batches: int = 40, batch: int = MAX_ROWS) -> Generator:
    """A copy of `generator`, in eval mode, whose BatchNorm statistics are those of its own activations over the prior.

    The running statistics belong to the last weights, not to their average (Izmailov et al. 2018, section 3.2). The
    latents are always the same: `batches` times `batch` draws with seed 2.
    """
    generator = copy.deepcopy(generator)
    for layer in generator.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the plain mean over all batches
            layer.train()
    device = next(generator.parameters()).device
    for number in range(batches):
        generator(torch.from_numpy(codes.draw(spec, 2, range(number * batch, (number + 1) * batch))).to(device))
    return generator.eval()
