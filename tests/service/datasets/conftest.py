"""A dataset source whose generator and verifier are simple arithmetic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from latent import LatentSpec, ModelCard
from latent.card import ImageShape
from service.datasets.corpora import CorpusLookup, no_corpora
from service.datasets.plan import DatasetPlan
from service.datasets.rejection_sampling import BATCH_ROWS, RETRY_BATCH_ROWS
from service.datasets.source import DatasetSource, LabelVerifier
from service.datasets.spec import DatasetSpec
from tests.conftest import MNIST, PROVENANCE


@dataclass
class Lab:
    """Draws a row of `20 * latent + 128`, and records the batches. Its verifier misreads a z[0] below `least`."""

    spec: LatentSpec = MNIST
    channels: int = 1
    least: float | None = None
    confusable: NDArray[np.bool_] | None = None
    batches: list[NDArray[np.float32]] = field(default_factory=list)
    find_corpus: CorpusLookup = no_corpora

    @property
    def source(self) -> DatasetSource:
        image = ImageShape(channels=self.channels, height=2, width=self.spec.dim)
        card = ModelCard(name="lab", system="test", latent=self.spec, image=image, provenance=PROVENANCE)
        judge = LabelVerifier("judge@0123456789ab", 0.99, self.classify, self.confusable)
        verifier = judge if self.least is not None else None
        return DatasetSource(card, "f" * 64, verifier)

    async def generate(self, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
        assert latents.shape[0] in (BATCH_ROWS, RETRY_BATCH_ROWS)
        assert latents.shape[1] == self.spec.dim
        self.batches.append(latents)
        line = np.clip(20 * latents + 128, 0, 255).astype(np.uint8)
        return np.tile(line[:, None, None], (1, self.channels, 2, 1))

    async def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        line = images[:, 0, 0].astype(np.float32)
        scores = np.where(line[:, 62:72] > 128, np.float32(0.9), np.float32(0.01))
        bad = (line[:, 0] - 128) / 20 < (self.least or 0.0)
        scores[bad] = scores[bad][:, ::-1] / 2
        return scores

    def plan(self, **query: Any) -> DatasetPlan:
        spec = DatasetSpec.model_validate(query)
        return DatasetPlan.create(self.source, spec, 1000, 2**22, self.find_corpus)

    def shard(self, number: int, ending: str = "tar", **query: Any) -> bytes:
        plan = self.plan(**query)
        return asyncio.run(plan.shard(number, ending, self.generate, asyncio.to_thread))

    def samples(self, **query: Any) -> list[Any]:
        plan = self.plan(**query)
        indices = plan.indices(0)
        return plan.samples(indices, asyncio.run(plan.sample_glyphs(indices, self.generate, asyncio.to_thread)))


@pytest.fixture
def make_lab() -> Callable[..., Lab]:
    return Lab


@pytest.fixture
def lab() -> Lab:
    return Lab()
