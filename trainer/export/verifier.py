"""The reader as `<name>.verifier.onnx`: what the service reads generated images with, before it hands them out."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from torch import Tensor, nn

from latent import VerifierCard
from latent.card import ImageShape
from trainer.data import Dataset
from trainer.data.sampler import to_float
from trainer.export import torch_graph
from trainer.export.generator import ParityError
from trainer.metrics.classifier import Network, Reader
from trainer.storage.atomic import replacing

ENDING = ".verifier.onnx"

SEED = 7
"""Of a verifier's training: another than that of the readers that measure what it let through."""

_TOLERANCE = 1e-4
_TRIED = 64  # images that torch and ONNX Runtime must agree on


class _Reading(nn.Module):
    def __init__(self, network: Network, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(to_float(images))
        return (logits / self.temperature).softmax(1)


def export(path: Path, reader: Reader, test: Dataset) -> VerifierCard:
    """Write `reader` and its card as the one file `path`, which ends in `ENDING`; whole and checked, or not at all.

    `test` are the real images that its accuracy was measured on. Its probabilities are calibrated on them by one
    temperature (Guo et al. 2017, "On calibration of modern neural networks"): label smoothing has it doubt everything.

    Raises:
        ParityError: ONNX Runtime and torch read some of them differently.
    """
    _, channels, height, width = test.images.shape
    card = VerifierCard(
        name=path.name.removesuffix(ENDING),
        dataset=test.name,
        labels=test.label_names,
        image=ImageShape(channels=channels, height=height, width=width),
        accuracy=reader.accuracy,
        test_images=len(test),
    )
    temperature = calibrate(np.log(reader.probabilities(test.images)), test.labels.numpy())
    network = _Reading(copy.deepcopy(reader.network).cpu(), temperature).eval()
    with replacing(path) as temporary:
        torch_graph.write(temporary, network, test.images[:2], "images", ["probabilities"])
        model = onnx.load_model(temporary)
        onnx.helper.set_model_props(model, card.to_metadata())
        onnx.save_model(model, temporary)
        _check(temporary, network, test.images[:_TRIED])
    return card


def calibrate(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature by which `logits`, `(n, k)`, are divided for the likeliest `labels`, `(n,)`."""

    def loss(temperature: float) -> float:
        return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean())

    return float(minimize_scalar(loss, bounds=(0.05, 10.0), method="bounded").x)


@torch.no_grad()
def _check(path: Path, network: nn.Module, images: Tensor) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (read,) = session.run(["probabilities"], {"images": images.numpy()})
    worst = np.abs(read - network(images).numpy()).max()
    if worst > _TOLERANCE:
        raise ParityError(f"ONNX Runtime reads a probability that differs from torch's by {worst:g}")
