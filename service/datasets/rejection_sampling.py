"""Glyphs drawn in batches of one shape, read by a verifier, and drawn again where it reads something else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from latent.codes import Latents
from service.imaging.arrays import Images

T = TypeVar("T")

VERSION = 2
"""Of what is drawn for the same numbers: another one may draw and accept others."""

BATCH, FEW = 64, 8
"""Rows of every inference, at first and where few are drawn again: a number of their own, since kernels for another
number of rows may round a pixel the other way."""

ATTEMPTS = 16
"""Draws of one sample at most; then the one that was read best stays, and says that it was not accepted."""

_AHEAD = 2  # batches in the queue at a time: the session goes on, and others' requests are let in between

Run = Callable[[Latents], Awaitable[Images]]
"""Draws `BATCH` or `FEW` rows, float32 `(rows, dim)`, by themselves: no row of anybody else in the same inference."""

Read = Callable[[Images], Awaitable[NDArray[np.float32]]]
"""Reads as many images: the probability of each of the model's labels, float32 `(rows, k)`."""

Propose = Callable[[NDArray[np.intp], int], Latents]
"""The latents of these glyphs, by number, at this attempt."""


@dataclass(frozen=True)
class Verification:
    """Who reads, and the least probability of the label that is accepted."""

    read: Read
    floor: float


@dataclass(frozen=True)
class Drawn:
    """Glyphs: `latents` float32 `(n, dim)`, `images` uint8 `(n, C, H, W)`, and the `attempts` before each one, `(n,)`.

    `probabilities` float32 `(n, k)` are what was read of them; None where nobody read. `first` is the share of them
    that was accepted at the first attempt.
    """

    latents: Latents
    images: Images
    attempts: NDArray[np.intp]
    accepted: NDArray[np.bool_]
    probabilities: NDArray[np.float32] | None
    first: float


async def draw(values: NDArray[np.intp], propose: Propose, run: Run, verification: Verification | None) -> Drawn:
    """Glyphs of these `values`, each at the first attempt that the verifier accepts; a pure function of all four."""
    n = len(values)
    todo = np.arange(n)
    latents, images, read = await _attempt(todo, 0, propose, run, verification)
    attempts = np.zeros(n, np.intp)
    if verification is None or read is None:
        return Drawn(latents, images, attempts, np.ones(n, np.bool_), None, 1.0)
    accepted = _accept(read, values, verification.floor)
    first = float(accepted.mean()) if n else 1.0
    for attempt in range(1, ATTEMPTS):
        todo = np.flatnonzero(~accepted)
        if not len(todo):
            break
        anew = await _attempt(todo, attempt, propose, run, verification)
        again = anew[2]
        assert again is not None  # noqa: S101 - the same verification reads
        mine = np.arange(len(todo))
        good = _accept(again, values[todo], verification.floor)
        better = good | (again[mine, values[todo]] > read[todo, values[todo]])
        rows = todo[better]
        latents[rows], images[rows], read[rows] = anew[0][better], anew[1][better], again[better]
        attempts[rows], accepted[todo[good]] = attempt, True
    return Drawn(latents, images, attempts, accepted, read, first)


def _accept(read: NDArray[np.float32], values: NDArray[np.intp], floor: float) -> NDArray[np.bool_]:
    confidence = read[np.arange(len(values)), values]
    return np.asarray((read.argmax(axis=1) == values) & (confidence >= floor))


async def _attempt(
    glyphs: NDArray[np.intp], attempt: int, propose: Propose, run: Run, verification: Verification | None
) -> tuple[Latents, Images, NDArray[np.float32] | None]:
    latents = propose(glyphs, attempt)
    size = FEW if attempt else BATCH
    turns = asyncio.Semaphore(_AHEAD)

    async def one(start: int) -> tuple[Images, NDArray[np.float32] | None]:
        rows = latents[start : start + size]
        padded = np.zeros((size, latents.shape[1]), np.float32)
        padded[: len(rows)] = rows
        async with turns:
            images = await run(padded)
        read = await verification.read(images) if verification else None
        return images[: len(rows)], None if read is None else read[: len(rows)]

    parts = await _together(one(start) for start in range(0, max(1, len(latents)), size))
    images = np.concatenate([images for images, _ in parts])
    read = [read for _, read in parts if read is not None]
    return latents, images, np.concatenate(read) if read else None


async def _together(work: Iterable[Awaitable[T]]) -> Sequence[T]:
    """All of it, in order; where a part fails, the rest is called off and the failure raised as it is."""
    tasks: list[asyncio.Future[T]] = [asyncio.ensure_future(part) for part in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
