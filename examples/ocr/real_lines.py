"""Lines of real digits, composed by the service's own code: only the generator is replaced by a data set."""

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


class RealDigits:
    """A data set with the interface of a generator: the label selects the class, the noise one of its images."""

    def __init__(self, data: Dataset) -> None:
        self._images = data.images.numpy()
        self._rows = [np.flatnonzero(data.labels.numpy() == label) for label in range(len(data.label_names))]
        size = dict(zip(("channels", "height", "width"), data.images.shape[1:], strict=True))
        self.spec = LatentSpec(
            variables=(Noise(size=1), Categorical(name="label", size=len(self._rows), labels=data.label_names))
        )
        provenance = Provenance(
            recipe="none", dataset=data.name, images=len(data), labels_read=len(data), seed=0, kimg=0, device="none",
            versions={}, created="-",
        )  # fmt: skip
        self.card = ModelCard(
            name=data.name, system="real", latent=self.spec, image=ImageShape(**size), provenance=provenance
        )

    async def __call__(self, latents: Latents) -> Images:
        """Latents float32 `(n, 11)` -> images uint8 `(n, 1, 28, 28)`. All images of a label are equally likely."""
        labels = latents[:, self.spec.slices["label"]].argmax(axis=1)
        quantiles = [0.5 * math.erfc(-z / math.sqrt(2)) for z in latents[:, 0].tolist()]
        rows = (self._rows[label] for label in labels)
        return self._images[
            [own[min(int(quantile * len(own)), len(own) - 1)] for own, quantile in zip(rows, quantiles, strict=True)]
        ]


def lines(data: Dataset, **query: Any) -> Iterator[Sample]:
    """The lines of a data set of the service with these query parameters, in order, with images of `data`.

    The same query gives the same texts and layout as with a generator.
    """
    digits = RealDigits(data)
    plan = DatasetPlan.create(DatasetSource(digits.card, "0" * 64), DatasetSpec.model_validate(query), 10**9, 10**12)
    for shard in range(len(plan)):
        for png, text in asyncio.run(plan.pairs(shard, digits, asyncio.to_thread)):
            with Image.open(io.BytesIO(png)) as picture:
                yield np.asarray(picture), text
