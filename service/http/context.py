"""What a request needs of the app it came to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from service.engine.limiter import ConcurrencyLimiter
from service.engine.repository.encoders import EncoderRepository
from service.engine.repository.models import ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.http.disconnect import Patience
from service.metrics import Metrics
from service.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Context:
    """The app's parts. `pool` is where codes are read and pictures are made, off the event loop.

    `turns` are those of shards, `openings` those of pictures that come in.
    """

    settings: Settings
    repository: ModelRepository
    verifiers: VerifierRepository
    encoders: EncoderRepository
    metrics: Metrics
    pool: ThreadPoolExecutor
    turns: ConcurrencyLimiter
    openings: ConcurrencyLimiter
    patience: Patience

    async def do(self, light: bool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` in the pool, or where it is `light` at once: a thread's turn costs more than a little work."""
        return work(*args, **kwargs) if light else await self.aside(work, *args, **kwargs)

    async def aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work` in the pool."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Let the threads go, once what they do is done."""
        self.pool.shutdown()
        self.repository.close()


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


InContext = Annotated[Context, Depends(_context)]
