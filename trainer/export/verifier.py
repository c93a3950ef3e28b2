"""Export of the classifier as `<name>.verifier.onnx`, by which the service checks generated images."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from torch import Tensor, nn

from latent import VerifierCard
from latent.card import ImageShape
from trainer.data import Dataset
from trainer.data.sampler import to_float
from trainer.export import torch_to_onnx
from trainer.export.generator import ParityError
from trainer.metrics.classifier import Classifier, ClassifierNetwork
from trainer.storage.atomic import atomic_write

SUFFIX = ".verifier.onnx"

SEED = 7
"""The seed of a verifier's training: not that of the classifiers by which the accepted images are measured."""

_CONFUSED = 0.07
_TOLERANCE = 1e-4
_PARITY_IMAGES = 64


class _VerifierGraph(nn.Module):
    """Images uint8 `(n, C, H, W)` -> the calibrated probability of each label, float32 `(n, k)`."""

    def __init__(self, network: ClassifierNetwork, temperature: float) -> None:
        super().__init__()
        self.network, self.temperature = network, temperature

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(to_float(images))
        return (logits / self.temperature).softmax(1)


def export_verifier(path: Path, classifier: Classifier, validation: Dataset, test: Dataset) -> VerifierCard:
    """Write `classifier` and its card to the file `path`, whose name ends in `SUFFIX`, and return the card.

    The file is checked before it gets its name. Its probabilities are calibrated on the real images `validation` by a
    temperature (Guo et al. 2017, "On calibration of modern neural networks"), because label smoothing makes it
    underconfident; they also tell which labels look alike. Its accuracy is measured on the real images `test`, by which
    nothing was chosen.

    Raises:
        ParityError: ONNX Runtime and torch give different probabilities.
    """
    _, channels, height, width = test.images.shape
    card = VerifierCard(
        name=path.name.removesuffix(SUFFIX),
        dataset=test.name,
        labels=test.label_names,
        image=ImageShape(channels=channels, height=height, width=width),
        accuracy=classifier.accuracy(test),
        test_images=len(test),
    )
    logits, truth = np.log(classifier.probabilities(validation.images)), validation.labels.numpy()
    temperature = fit_temperature(logits, truth)
    found = look_alikes(softmax(logits / temperature, axis=1), truth, test.label_names)
    card = card.model_copy(update={"look_alikes": found})
    network = _VerifierGraph(copy.deepcopy(classifier.network).cpu(), temperature).eval()
    with atomic_write(path) as temporary:
        torch_to_onnx.write(temporary, network, test.images[:2], "images", ["probabilities"])
        model = onnx.load_model(temporary)
        onnx.helper.set_model_props(model, card.to_metadata())
        onnx.save_model(model, temporary)
        _check_parity(temporary, network, test.images[:_PARITY_IMAGES])
    return card


def look_alikes(
    probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64], names: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """For each label the others that real images of either are taken for: by the geometric mean of both probabilities.

    An image that is as likely an `O` as a `0` is a good image of either: no classifier could be confident of it. Labels
    that are confused in one direction only are no look-alikes.
    """
    mean = np.stack([probabilities[labels == k].mean(axis=0) for k in range(len(names))])
    alike = (np.sqrt(mean * mean.T) >= _CONFUSED) & ~np.eye(len(names), dtype=np.bool_)
    return {names[k]: tuple(names[j] for j in np.flatnonzero(row)) for k, row in enumerate(alike) if row.any()}


def fit_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature in [0.05, 10] with which `logits / temperature` `(n, k)` make `labels` `(n,)` most likely."""

    def loss(temperature: float) -> float:
        return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean())

    return float(minimize_scalar(loss, bounds=(0.05, 10.0), method="bounded").x)


@torch.no_grad()
def _check_parity(path: Path, network: nn.Module, images: Tensor) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(["probabilities"], {"images": images.numpy()})
    largest = np.abs(probabilities - network(images).numpy()).max()
    if largest > _TOLERANCE:
        raise ParityError(f"ONNX Runtime gives a probability that differs from torch's by {largest:g}")
