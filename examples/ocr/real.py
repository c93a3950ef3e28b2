"""Lines of real digits by the service's own plan: they stand where the generator does, and all else is alike."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from examples.ocr.stream import Sample
from latent import Categorical, LatentSpec, ModelCard, Noise
from latent.card import ImageShape, Provenance
from latent.codes import Latents
from service.datasets.plan import DatasetPlan
from service.datasets.source import DatasetSource
from service.datasets.spec import DatasetSpec
from service.imaging.arrays import Images
from trainer.data import Dataset


class Digits:
    """Draws, as a generator does: the label asked for, and of its real images the one that the noise points at."""

    def __init__(self, data: Dataset) -> None:
        self._images = data.images.numpy()
        self._rows = [np.flatnonzero(data.labels.numpy() == label) for label in range(len(data.label_names))]
        size = dict(zip(("channels", "height", "width"), data.images.shape[1:], strict=True))
        self.spec = LatentSpec(
            variables=(Noise(size=1), Categorical(name="label", size=len(self._rows), labels=data.label_names))
        )
        where = Provenance(
            recipe="none", dataset=data.name, images=len(data), labels_read=len(data), seed=0, kimg=0, device="none",
            versions={}, created="-",
        )  # fmt: skip
        self.card = ModelCard(
            name=data.name, system="real", latent=self.spec, image=ImageShape(**size), provenance=where
        )

    async def __call__(self, latents: Latents) -> Images:
        """Latents float32 `(n, 11)` -> images uint8 `(n, 1, 28, 28)`, every one of a label as likely as any other."""
        labels = latents[:, self.spec.slices["label"]].argmax(axis=1)
        shares = [0.5 * math.erfc(-z / math.sqrt(2)) for z in latents[:, 0].tolist()]
        rows = (self._rows[label] for label in labels)
        return self._images[
            [own[min(int(share * len(own)), len(own) - 1)] for own, share in zip(rows, shares, strict=True)]
        ]


def lines(data: Dataset, **query: Any) -> Iterator[Sample]:
    """The lines that a service that draws by `data` has for this query, in order.

    A query's lines say the same, and are laid out the same, whatever draws them.
    """
    digits = Digits(data)
    plan = DatasetPlan.create(DatasetSource(digits.card, "0" * 64), DatasetSpec.model_validate(query), 10**9, 10**12)
    for shard in range(len(plan)):
        for png, text in asyncio.run(plan.pairs(shard, digits)):
            with Image.open(io.BytesIO(png)) as picture:
                yield np.asarray(picture), text
