"""Export of the generator as one `.onnx` file: BatchNorm folded, pixels in the graph, checked against torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from latent import codes
from latent.card import ModelCard
from latent.spec import LatentSpec
from trainer.export import torch_to_onnx
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.networks.batchnorm_folding import fold_batchnorm
from trainer.networks.generator import Generator
from trainer.networks.output import to_uint8
from trainer.storage.atomic import atomic_write
from trainer.storage.onnx_metadata import write_card

PARITY_BATCHES = (1, 3, 64)


class ParityError(RuntimeError):
    """ONNX Runtime does not compute what torch computes; the file is not published."""


class _GeneratorGraph(nn.Module):
    """Latents float32 `(n, dim)` -> images uint8 `(n, C, H, W)`."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, latent: Tensor) -> Tensor:
        return to_uint8(self.generator(latent))


def export_generator(path: Path, generator: Generator, card: ModelCard) -> None:
    """Write `generator` and its card to the file `path`, which is checked before it gets its name.

    Raises:
        ParityError: ONNX Runtime and torch disagree by more than one grey level at some batch size.
    """
    network = _GeneratorGraph(fold_batchnorm(generator)).eval()
    with atomic_write(path) as temporary:
        example = torch.from_numpy(codes.draw(card.latent, 0, range(2)))
        torch_to_onnx.write(temporary, network, example, "latent", ["images"])
        write_card(temporary, card)
        _check_parity(temporary, network, card.latent)


@torch.no_grad()
def _check_parity(path: Path, network: nn.Module, spec: LatentSpec) -> None:
    exported = OnnxGenerator(path)
    for batch in PARITY_BATCHES:
        latents = codes.draw(spec, 1, range(batch))
        expected = network(torch.from_numpy(latents)).numpy().astype(np.int16)
        largest = np.abs(exported.generate(latents, batch) - expected).max()
        # Values close to half a grey level may be rounded either way.
        if largest > 1:
            raise ParityError(f"batch {batch}: ONNX Runtime differs from torch by {largest} grey levels")
