"""A small classifier of images: the judge of generated images, and the network of GAN-train and of verifiers."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from trainer.data import Dataset
from trainer.data import digest as data_digest
from trainer.data.augmentation import RandomAffine
from trainer.data.sampler import to_float
from trainer.networks.inference import MAX_ROWS
from trainer.runtime import distributed
from trainer.runtime.amp import autocast
from trainer.storage.atomic import atomic_write

ProgressCallback = Callable[[float], None]
"""Called with the fraction of the work that is done, 0 to 1."""


class ClassifierConfig(BaseModel):
    """How a classifier is trained. The cache is named by its hash, so another configuration trains a new classifier."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(10, ge=1)
    batch: int = Field(128, ge=2)
    learning_rate: float = Field(4e-3, gt=0, description="The peak of the one-cycle schedule.")
    weight_decay: float = Field(0.02, ge=0)
    label_smoothing: float = Field(0.05, ge=0, lt=1)
    width: int = Field(96, ge=4, description="Channels of the last stage: the dimension of the features.")
    augment: RandomAffine = RandomAffine(rotate=12.0, shear=0.2, scale=0.15, translate=0.07)
    seed: int = 0


class ClassifierNetwork(nn.Module):
    """Five 3 x 3 convolutions in three stages, each with BatchNorm and ReLU, and global average pooling."""

    def __init__(self, channels: int, labels: int, width: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _convolution(channels, width // 4),
            nn.MaxPool2d(2),
            _convolution(width // 4, width // 2),
            _convolution(width // 2, width // 2),
            nn.MaxPool2d(2),
            _convolution(width // 2, width),
            _convolution(width, width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(width, labels)

    def forward(self, images: Tensor) -> Tensor:
        """Images float `(n, C, H, W)` in [-1, 1] -> logits `(n, labels)`."""
        logits: Tensor = self.head(self.trunk(images))
        return logits


def _convolution(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Classifier:
    """A trained network."""

    def __init__(self, network: ClassifierNetwork) -> None:
        self._network = network.eval()

    @property
    def network(self) -> ClassifierNetwork:
        """The network, in eval mode."""
        return self._network

    @staticmethod
    def path(folder: Path, train: Dataset, config: ClassifierConfig) -> Path:
        """The file of the classifier of `train` in `folder`; its name has a hash of the configuration and the data."""
        content = config.model_dump_json() + data_digest.sha256(train)
        return folder / f"{train.name}-{hashlib.sha256(content.encode()).hexdigest()[:12]}.pt"

    @classmethod
    def load_or_train(
        cls,
        train: Dataset,
        validation: Dataset | None,
        cache: Path,
        device: torch.device,
        progress: ProgressCallback | None = None,
        config: ClassifierConfig | None = None,
    ) -> Classifier:
        """The classifier for `train`, from the folder `cache` if the same one was trained before.

        Otherwise it is trained and stored: see `trained`. `progress` is called during the training.
        """
        config = config or ClassifierConfig()
        path = cls.path(cache, train, config)
        if path.exists():
            network = _network(train, config).to(device)
            network.load_state_dict(torch.load(path, map_location=device, weights_only=True))
            return cls(network)
        classifier = cls.trained(train, validation, device, progress, config)
        with atomic_write(path) as temporary:
            torch.save(classifier._network.state_dict(), temporary)
        return classifier

    @classmethod
    def trained(
        cls,
        train: Dataset,
        validation: Dataset | None,
        device: torch.device,
        progress: ProgressCallback | None = None,
        config: ClassifierConfig | None = None,
    ) -> Classifier:
        """A classifier trained on `train`.

        It is the one after the epoch with the highest accuracy on `validation`, whose label names must be those of
        `train`, or after the last epoch where `validation` is None.
        """
        return cls(_train(train, validation, config or ClassifierConfig(), device, progress))

    def accuracy(self, dataset: Dataset) -> float:
        """The fraction of the images of `dataset`, 0 to 1, that get their label; its label names must be equal."""
        return _accuracy(self._network, dataset)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights: classifiers with equal digests give equal results."""
        weights = (tensor.cpu().numpy().tobytes() for tensor in self._network.state_dict().values())
        return hashlib.sha256(b"".join(weights)).hexdigest()

    def probabilities(self, images: Tensor) -> NDArray[np.float32]:
        """Images uint8 `(n, C, H, W)` -> the probability of each label, float32 `(n, k)`."""
        return _run(nn.Sequential(self._network, nn.Softmax(dim=1)), images)

    def features(self, images: Tensor) -> NDArray[np.float32]:
        """Images uint8 `(n, C, H, W)` -> the input of the last layer, float32 `(n, width)`, not negative."""
        return _run(self._network.trunk, images)


@torch.no_grad()
def _run(network: nn.Module, images: Tensor) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    shard = distributed.shard(images)
    batches = [network(to_float(batch.to(device))).cpu() for batch in shard.split(MAX_ROWS)]
    result: NDArray[np.float32] = distributed.all_gather(torch.cat(batches)).numpy()
    return result


def _accuracy(network: ClassifierNetwork, dataset: Dataset) -> float:
    predicted = _run(network, dataset.images).argmax(axis=1)
    return float((predicted == dataset.labels.numpy()).mean())


def _train(
    train: Dataset,
    validation: Dataset | None,
    config: ClassifierConfig,
    device: torch.device,
    progress: ProgressCallback | None,
) -> ClassifierNetwork:
    """AdamW on a one-cycle schedule (Smith and Topin 2017), with label smoothing and affine augmentation."""
    images, labels = train.images.to(device), train.labels.to(device)
    best, highest = dict[str, Tensor](), -1.0
    # A classifier is a function of its data and configuration: the caller's random state is neither used nor changed.
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(config.seed)
        network = _network(train, config).to(device)
        steps = config.epochs * math.ceil(len(train) / config.batch)
        optimiser = AdamW(network.parameters(), weight_decay=config.weight_decay, fused=True)
        schedule = OneCycleLR(optimiser, config.learning_rate, total_steps=steps)
        for _ in range(config.epochs):
            for rows in torch.randperm(len(train)).to(device).split(config.batch):
                augmented = config.augment(to_float(images[rows]))
                with autocast(device):
                    logits = network(augmented)
                loss = F.cross_entropy(logits.float(), labels[rows], label_smoothing=config.label_smoothing)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                if progress:
                    progress(schedule.last_epoch / steps)
            if validation is not None and (found := _accuracy(network.eval(), validation)) >= highest:
                best, highest = copy.deepcopy(network.state_dict()), found
            network.train()
    if best:
        network.load_state_dict(best)
    return network


def _network(train: Dataset, config: ClassifierConfig) -> ClassifierNetwork:
    return ClassifierNetwork(train.images.shape[1], len(train.label_names), config.width)
