"""A service of the bundled models, and a substitute for MNIST: digits from the bundled generator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from service.settings import Settings
from trainer.data import Dataset
from trainer.metrics.evaluation_latents import balanced_latents
from trainer.metrics.onnx_generator import OnnxGenerator

# More threads do not help networks of a few units.
torch.set_num_threads(1)

MODELS = Settings().models


@pytest.fixture(scope="session")
def address(serve):
    with serve(Settings(models=MODELS)) as client:
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="session")
def mnist():
    generator = OnnxGenerator(MODELS / "mnist-infogan.onnx")
    latents, labels = balanced_latents(generator.spec, 60, seed=0)
    return Dataset(
        "mnist",
        torch.from_numpy(generator.generate(latents)),
        torch.from_numpy(np.asarray(labels)),
        tuple("0123456789"),
    )
