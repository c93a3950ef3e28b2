"""What data sets are drawn from: a served model, its batcher and its verifier, as `service.datasets` takes them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from latent.codes import Latents
from service.datasets.plan import Aside
from service.datasets.rejection_sampling import Run
from service.datasets.source import Reader, Source
from service.engine.batcher import QueueFullError
from service.engine.repository.models import Model
from service.engine.verifier import Verifier, Verifiers
from service.imaging.arrays import Images


def source_of(model: Model, verifiers: Verifiers, pool: Executor) -> Source:
    """A model as a source; what reads it reads in `pool`."""
    verifier = verifiers.of(model.card)
    reader = _reader(model, verifier, pool) if verifier else None
    return Source(model.card, model.generator.sha256, reader)


def _reader(model: Model, verifier: Verifier, pool: Executor) -> Reader:
    labels = model.card.latent.labelled.labels if model.card.latent.labelled else ()

    async def read(images: Images) -> NDArray[np.float32]:
        return await asyncio.get_running_loop().run_in_executor(pool, verifier.read, images, labels)

    return Reader(verifier.version, verifier.card.accuracy, read)


def runner(model: Model, within: float = math.inf) -> Run:
    """What draws a model's batches, each by itself, among the requests of others.

    The first batch may be refused; once it is drawn, those after it wait for room instead.
    """
    begun = False

    async def run(latents: Latents) -> Images:
        nonlocal begun
        while True:
            try:
                drawn = await model.batcher.submit(latents, within, alone=True)
            except QueueFullError as full:
                if not begun:
                    raise
                await asyncio.sleep(full.retry_after)
            else:
                begun = True
                return drawn.rows

    return run


def runtime(model: Model) -> str:
    """What runs a model here."""
    generator = model.generator
    return f"{generator.runtime} {generator.provider} {generator.fingerprint}"


def aside(pool: Executor) -> Aside:
    """Work in `pool`."""

    async def do(work: Callable[[], bytes]) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    return do
