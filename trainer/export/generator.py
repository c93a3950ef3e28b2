"""The generator as one `.onnx` file: BatchNorm folded, pixels in the graph, checked against torch, named last."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latent import codes
from latent.card import ModelCard
from latent.spec import LatentSpec
from trainer.export import torch_graph
from trainer.export.onnx_file import Generator as OnnxGenerator
from trainer.export.onnx_file import write_card
from trainer.networks.batchnorm_folding import fold_batchnorm
from trainer.networks.generator import Generator
from trainer.networks.output import to_uint8
from trainer.storage.atomic import replacing

PARITY_BATCHES = (1, 3, 64)


class ParityError(RuntimeError):
    """ONNX Runtime does not draw what torch draws; the file is not published."""


class _Pixels(nn.Module):
    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, latent: Tensor) -> Tensor:
        return to_uint8(self.generator(latent))


@torch.no_grad()
def calibrated(generator: Generator, spec: LatentSpec, batches: int = 20, batch: int = 500) -> Generator:
    """A copy of an averaged generator, in eval mode, its BatchNorms holding its own statistics over the prior.

    The running ones belong to the last weights, not to their average (Izmailov et al. 2018, section 3.2). Always
    from the same draws.
    """
    generator = copy.deepcopy(generator)
    for layer in generator.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # a plain mean over all batches
            layer.train()
    device = next(generator.parameters()).device
    for number in range(batches):
        generator(torch.from_numpy(codes.draw(spec, 2, range(number * batch, (number + 1) * batch))).to(device))
    return generator.eval()


def export(path: Path, generator: Generator, card: ModelCard) -> None:
    """Write `generator` and its card as the one file `path`; it appears there whole, checked, or not at all.

    Raises:
        ParityError: ONNX Runtime and torch disagree by more than one grey level at some batch size.
    """
    network = _Pixels(fold_batchnorm(generator)).eval()
    with replacing(path) as temporary:
        example = torch.from_numpy(codes.draw(card.latent, 0, range(2)))
        torch_graph.write(temporary, network, example, "latent", ["images"])
        write_card(temporary, card)
        _check_parity(temporary, network, card.latent)


@torch.no_grad()
def _check_parity(path: Path, network: nn.Module, spec: LatentSpec) -> None:
    drawn = OnnxGenerator(path)
    for batch in PARITY_BATCHES:
        latents = codes.draw(spec, 1, range(batch))
        expected = network(torch.from_numpy(latents)).numpy().astype(np.int16)
        worst = np.abs(drawn.images(latents, batch) - expected).max()
        # Rounding to whole grey levels may fall either way of a half.
        if worst > 1:
            raise ParityError(f"batch {batch}: ONNX Runtime differs from torch by {worst} grey levels")
