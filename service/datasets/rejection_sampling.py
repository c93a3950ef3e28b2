"""Rejection sampling: glyphs that a verifier reads as another label, or not confidently enough, are drawn again.

All batches have one of two fixed shapes, so that the same glyph is the same image to the last bit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from latent.codes import Latents
from service.engine.exclusive_batches import gather
from service.imaging.arrays import Images

T = TypeVar("T")


class RunInThread(Protocol):
    """Runs a function in a thread: what takes more than a millisecond must not block the event loop."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]:
        """Its result."""


SAMPLING_VERSION = 2
"""Version of the sampling: another one may draw or accept other glyphs for the same seed."""

BATCH_ROWS, RETRY_BATCH_ROWS = 64, 8
"""Rows of every batch, at the first attempt and at further ones, where few glyphs are left. Independent of the
service's own batch size, because the kernels for another number of rows may round a pixel differently."""

MAX_ATTEMPTS = 16
"""Attempts at one glyph. After the last one, the attempt with the most confident label is kept and not accepted."""

_BATCHES_IN_FLIGHT = 2  # submitted at a time: the session stays busy, and requests of others get in between
_CONCURRENT_BATCHES = 2 * _BATCHES_IN_FLIGHT  # those that are classified meanwhile included

Generate = Callable[[Latents], Awaitable[Images]]
"""Generates one batch of `BATCH_ROWS` or `RETRY_BATCH_ROWS` rows, float32 `(rows, dim)` -> uint8 `(rows, C, H, W)`, in
an inference of its own, without rows of other requests."""

Classify = Callable[[Images], Awaitable[NDArray[np.float32]]]
"""The verifier's probability of each of the model's labels, float32 `(rows, k)`, for as many images."""

Propose = Callable[[NDArray[np.intp], int], Latents]
"""The latents that are proposed for these glyphs, by index, at this attempt."""


@dataclass(frozen=True)
class AcceptanceTest:
    """A glyph is accepted if it is read as its label or a look-alike of it, with at least `min_confidence` in all.

    `confusable` bool `(k, k)` says which labels (columns) count as which (rows); None: each as itself only.
    """

    classify: Classify
    min_confidence: float
    confusable: NDArray[np.bool_] | None = None

    def confidence(self, probabilities: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.float32]:
        """The probability of each glyph's label and its look-alikes, float32 `(n,)`."""
        if self.confusable is None:
            return np.asarray(probabilities[np.arange(len(labels)), labels])
        return np.asarray((probabilities * self.confusable[labels]).sum(axis=1, dtype=np.float32))

    def accepts(self, probabilities: NDArray[np.float32], labels: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Which glyphs are accepted, `(n,)`, by their `probabilities` float32 `(n, k)` and their `labels` `(n,)`."""
        likeliest = probabilities.argmax(axis=1)
        read = likeliest == labels if self.confusable is None else self.confusable[labels, likeliest]
        return np.asarray(read & (self.confidence(probabilities, labels) >= self.min_confidence))


@dataclass(frozen=True)
class SampledGlyphs:
    """Glyphs: `latents` float32 `(n, dim)`, `images` uint8 `(n, C, H, W)`, and the attempt that each is from, `(n,)`.

    `probabilities` float32 `(n, k)` are the verifier's; None without a verifier. `first_acceptance_rate` is the share
    of glyphs that were accepted at the first attempt.
    """

    latents: Latents
    images: Images
    attempts: NDArray[np.intp]
    accepted: NDArray[np.bool_]
    probabilities: NDArray[np.float32] | None
    first_acceptance_rate: float


async def sample_glyphs(
    labels: NDArray[np.intp],
    propose: Propose,
    generate: Generate,
    test: AcceptanceTest | None,
    run_in_thread: RunInThread,
) -> SampledGlyphs:
    """A glyph for each of `labels` `(n,)`, at its first accepted attempt: a function of the first four arguments."""
    n = len(labels)
    latents, images, probabilities = await _attempt(np.arange(n), 0, propose, generate, test, run_in_thread)
    attempts = np.zeros(n, np.intp)
    if test is None or probabilities is None:
        return SampledGlyphs(latents, images, attempts, np.ones(n, np.bool_), None, 1.0)
    accepted = test.accepts(probabilities, labels)
    first_acceptance_rate = float(accepted.mean()) if n else 1.0
    for attempt in range(1, MAX_ATTEMPTS):
        glyphs = np.flatnonzero(~accepted)
        if not len(glyphs):
            break
        new_latents, new_images, new_probabilities = await _attempt(
            glyphs, attempt, propose, generate, test, run_in_thread
        )
        assert new_probabilities is not None  # noqa: S101 - because there is a test
        is_accepted = test.accepts(new_probabilities, labels[glyphs])
        confidence = test.confidence(new_probabilities, labels[glyphs])
        is_better = is_accepted | (confidence > test.confidence(probabilities[glyphs], labels[glyphs]))
        replaced = glyphs[is_better]
        latents[replaced], images[replaced] = new_latents[is_better], new_images[is_better]
        probabilities[replaced] = new_probabilities[is_better]
        attempts[replaced], accepted[glyphs[is_accepted]] = attempt, True
    return SampledGlyphs(latents, images, attempts, accepted, probabilities, first_acceptance_rate)


async def _attempt(
    glyphs: NDArray[np.intp],
    attempt: int,
    propose: Propose,
    generate: Generate,
    test: AcceptanceTest | None,
    run_in_thread: RunInThread,
) -> tuple[Latents, Images, NDArray[np.float32] | None]:
    """The latents, images and probabilities of one attempt at these glyphs."""
    latents = await run_in_thread(lambda: propose(glyphs, attempt))
    size = RETRY_BATCH_ROWS if attempt else BATCH_ROWS
    in_flight = asyncio.Semaphore(_BATCHES_IN_FLIGHT)

    async def run_batch(start: int) -> tuple[Images, NDArray[np.float32] | None]:
        rows = latents[start : start + size]
        padded = np.zeros((size, latents.shape[1]), np.float32)
        padded[: len(rows)] = rows
        async with in_flight:
            images = await generate(padded)
        probabilities = await test.classify(images) if test else None
        return images[: len(rows)], None if probabilities is None else probabilities[: len(rows)]

    starts = iter(range(0, max(1, len(latents)), size))
    results: dict[int, tuple[Images, NDArray[np.float32] | None]] = {}

    async def run_batches() -> None:
        for start in starts:
            results[start] = await run_batch(start)

    # A few tasks that take batch after batch: a task for each of thousands would block the loop while they are made.
    await gather(run_batches() for _ in range(_CONCURRENT_BATCHES))
    batches = [results[start] for start in sorted(results)]
    images = await run_in_thread(lambda: np.concatenate([images for images, _ in batches]))
    probabilities = [probabilities for _, probabilities in batches if probabilities is not None]
    return latents, images, np.concatenate(probabilities) if probabilities else None
