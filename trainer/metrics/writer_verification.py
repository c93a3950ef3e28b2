"""One hand: how well a network tells two characters by one writer from two by two writers, real ones and generated.

The network is trained on the training writers' characters and measured on writers that it has not seen. Its area under
the ROC curve on generated pairs, where a writer is a style, is then compared with that on real pairs: a generator whose
style is a hand reaches the same.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW
from torch.optim.lr_scheduler import OneCycleLR

from latent import Categorical, Continuous, codes
from latent.card import WriterVerification
from trainer.data import Dataset
from trainer.data.augmentation import RandomAffine
from trainer.data.sampler import to_float
from trainer.data.writer_pairs import WriterPairSampler, WriterPairsConfig
from trainer.metrics.classifier import ClassifierNetwork
from trainer.metrics.onnx_generator import OnnxGenerator
from trainer.networks.inference import MAX_ROWS
from trainer.networks.pair_head import PairHead, of_two_writers
from trainer.runtime.amp import autocast

PAIRS = 5000
"""Pairs of one writer, and as many of two, that an area is measured on."""

_BATCH = 256
_STEPS = 1500
_WIDTH = 64
_AUGMENT = RandomAffine(rotate=0, shear=0, scale=0, translate=0.04)  # nothing that changes a hand


class WriterVerifier(nn.Module):
    """Images float `(2n, C, H, W)` in [-1, 1] -> scores `(n,)` of the pairs of rows 2i and 2i + 1."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.trunk = ClassifierNetwork(channels, 2, _WIDTH).trunk
        self.pair_head = PairHead(_WIDTH, _WIDTH)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.pair_head(self.trunk(images))
        return scores


def verify_writers(
    generator: OnnxGenerator,
    train: Dataset,
    evaluation: Dataset,
    device: torch.device,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> WriterVerification:
    """Train the network on `train`, and measure it on the real pairs of `evaluation` and on generated ones.

    Generated pairs have the labels of the real ones, which they are compared with.
    """
    verifier = _train(train, device, seed, progress)
    rows = _pairs(evaluation, 2 * PAIRS, seed).indices(0)
    names = [evaluation.label_names[label] for label in evaluation.labels[rows].tolist()]
    return WriterVerification(
        real=_area(verifier, evaluation.images[rows]),
        style=_area(verifier, _generate(generator, names, seed, one_code=False)),
        hand=_area(verifier, _generate(generator, names, seed, one_code=True)),
    )


def _train(train: Dataset, device: torch.device, seed: int, progress: Callable[[float], None] | None) -> WriterVerifier:
    sampler = _pairs(train, _BATCH, seed)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        verifier = WriterVerifier(train.images.shape[1]).to(device)
        optimiser = AdamW(verifier.parameters(), weight_decay=0.02, fused=True)
        schedule = OneCycleLR(optimiser, 2e-3, total_steps=_STEPS)
        for step in range(_STEPS):
            images = _AUGMENT(to_float(train.images[sampler.indices(step)].to(device)))
            with autocast(device):
                features = verifier.trunk(images)
                same, different = verifier.pair_head(features), verifier.pair_head(of_two_writers(features))
            loss = (F.softplus(-same.float()) + F.softplus(different.float())).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            if progress:
                progress((step + 1) / _STEPS)
    return verifier.eval()


def _pairs(dataset: Dataset, batch: int, seed: int) -> WriterPairSampler:
    if dataset.writers is None:
        raise ValueError(f"{dataset.name} does not tell the writers of its images")
    return WriterPairSampler(dataset.labels, dataset.writers, batch, seed, WriterPairsConfig())


@torch.no_grad()
def _area(verifier: WriterVerifier, images: Tensor) -> float:
    """The area under the ROC curve: how often a pair by one writer scores higher than one by two (Bamber 1975)."""
    device = next(verifier.parameters()).device
    features = torch.cat([verifier.trunk(to_float(part.to(device))) for part in images.split(MAX_ROWS)])
    same, different = verifier.pair_head(features), verifier.pair_head(of_two_writers(features))
    ranks = rankdata(torch.cat([same, different]).cpu().numpy())[: len(same)]
    return float((ranks.mean() - (len(same) + 1) / 2) / len(different))


def _generate(generator: OnnxGenerator, names: list[str], seed: int, *, one_code: bool) -> Tensor:
    spec = generator.spec
    latents = codes.draw(spec, seed, range(len(names)))
    for variable in spec:
        at = spec.slices[variable.name]
        if variable is spec.style or (one_code and isinstance(variable, Continuous)):
            latents[1::2, at] = latents[::2, at]
        elif isinstance(variable, Categorical) and variable is spec.labelled:
            latents[:, at] = _one_hot(names, variable)
    return torch.from_numpy(generator.generate(latents))


def _one_hot(names: list[str], code: Categorical) -> NDArray[np.float32]:
    return np.eye(code.size, dtype=np.float32)[[code.labels.index(name) for name in names]]
