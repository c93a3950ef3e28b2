"""A served model, its batcher and its verifier, in the types that data sets are made from."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from latent.codes import Latents
from service.datasets.rejection_sampling import Generate, RunInThread
from service.datasets.source import DatasetSource, LabelVerifier
from service.engine.errors import DeadlineError, QueueFullError
from service.engine.repository.models import Model
from service.engine.repository.verifiers import VerifierRepository
from service.engine.verifier import VerifierSession
from service.imaging.arrays import Images

T = TypeVar("T")


def dataset_source(model: Model, verifiers: VerifierRepository, executor: Executor) -> DatasetSource:
    """A model as the source of a data set; its verifier runs in `executor`."""
    session = verifiers.find(model.card)
    verifier = _label_verifier(model, session, executor) if session else None
    return DatasetSource(model.card, model.generator.sha256, verifier)


def _label_verifier(model: Model, session: VerifierSession, executor: Executor) -> LabelVerifier:
    labels = model.card.latent.labelled.labels if model.card.latent.labelled else ()

    async def classify(images: Images) -> NDArray[np.float32]:
        return await asyncio.get_running_loop().run_in_executor(executor, session.classify, images, labels)

    confusable = session.card.confusable(labels) if session.card.look_alikes else None
    return LabelVerifier(session.version, session.card.accuracy, classify, confusable)


def generate_with(model: Model, time_limit: float = math.inf) -> Generate:
    """Generates batches with a model, each in an inference of its own, through the queue that all requests share.

    The first batch raises `QueueFullError` if the queue is full; later ones wait and try again instead. `time_limit`,
    in seconds from now, holds for all batches together: one that cannot be computed by then raises `DeadlineError`.
    """
    has_begun = False
    deadline = time.perf_counter() + time_limit

    async def generate(latents: Latents) -> Images:
        nonlocal has_begun
        while True:
            remaining = deadline - time.perf_counter()
            try:
                result = await model.batcher.submit(latents, remaining, exclusive=True)
            except QueueFullError as error:
                if not has_begun:
                    raise
                if error.retry_after >= remaining:
                    raise DeadlineError(time_limit) from None
                await asyncio.sleep(error.retry_after)
            else:
                has_begun = True
                return result.rows

    return generate


def runtime_fingerprint(model: Model) -> str:
    """What runs a model here: the runtime, the provider, and the digest of two images. Equal: equal shards."""
    generator = model.generator
    return f"{generator.runtime} {generator.provider} {generator.fingerprint}"


def run_in(executor: Executor) -> RunInThread:
    """Runs functions in `executor`."""

    async def run(function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, function)

    return run
