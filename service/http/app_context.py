"""The parts of the app that routes work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from service.datasets.corpora import CorpusRepository
from service.datasets.default_model import default_model
from service.datasets.shard_cache import ShardCache
from service.engine.limiter import Budget, ConcurrencyLimiter
from service.engine.repository.encoders import EncoderRepository
from service.engine.repository.models import Model, ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.http.disconnect import DisconnectWatcher
from service.metrics import Metrics
from service.open_inference.data_plane import DataPlane
from service.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class AppContext:
    """One app's parts.

    `pool` runs what would block the event loop: parsing, drawing latents, encoding. `shard_limiter` bounds the shards
    made at once, `decode_limiter` the requests whose pictures are decoded at once. `bodies` are the bytes of requests'
    bodies that are held at once, `responses` the pixels of large responses until they have been sent, `tasks` the
    pieces of work in the pool. `corpora` are those that clients have sent.
    """

    settings: Settings
    repository: ModelRepository
    verifiers: VerifierRepository
    encoders: EncoderRepository
    metrics: Metrics
    data_plane: DataPlane
    pool: ThreadPoolExecutor
    shard_limiter: ConcurrencyLimiter
    decode_limiter: ConcurrencyLimiter
    disconnects: DisconnectWatcher
    bodies: Budget
    responses: Budget
    tasks: Budget
    shard_cache: ShardCache
    corpora: CorpusRepository

    def writing_model(self, name: str | None) -> Model:
        """The model of this name; for None the default of lines and data sets, see `default_model`.

        Raises:
            NotReadyError: no model can be served.
            UnknownModelError: no model has this name.
        """
        if name is None:
            name = default_model(model.card for model in self.repository.models.values())
        return self.repository.get(name)

    async def run(self, inline: bool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in the pool, or on the event loop where it is short enough to be `inline`.

        Handing work to a thread and back costs more than a short piece of work.
        """
        return work(*args, **kwargs) if inline else await self.run_in_pool(work, *args, **kwargs)

    async def run_in_pool(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a thread of the pool.

        Raises:
            QueueFullError: as much work runs or waits there as may.
        """
        with self.tasks.hold(1):
            return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """End the threads, each after its present work, without waiting for them."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.repository.close()
        self.corpora.close()


def _of_app(request: Request) -> AppContext:
    context: AppContext = request.app.state.context
    return context


InAppContext = Annotated[AppContext, Depends(_of_app)]
"""A route's parameter: the parts of the app it belongs to."""
