"""The app: every path and all that wraps them."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from service.engine.limiter import ConcurrencyLimiter
from service.engine.repository.encoders import EncoderRepository
from service.engine.repository.models import ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.http.auth import Keys
from service.http.context import Context
from service.http.disconnect import Patience
from service.http.express import Express
from service.http.fast_path import Lane
from service.http.middleware import EXPOSED, BodyLimit, HeadAsGet, KeysOnly, Observe
from service.http.openapi import PROBLEMS
from service.http.problems import HANDLERS
from service.http.routes import (
    datasets,
    encode,
    generate,
    health,
    interpolate,
    lines,
    models,
    open_inference,
    playground,
    traverse,
)
from service.metrics import Metrics
from service.server.graceful_shutdown import obeyed
from service.server.polling import Watch
from service.settings import Settings


def create_app(settings: Settings) -> ASGIApp:
    """The service, its models loaded. Bad models do not raise: `/readyz` tells of them."""
    metrics = Metrics()
    repository = ModelRepository(settings, metrics.observer, metrics.count_reload)
    metrics.expose(repository)
    verifiers, encoders = VerifierRepository(settings), EncoderRepository(settings, repository)
    cores = os.cpu_count() or 1
    pool = ThreadPoolExecutor(cores, thread_name_prefix="pixels")
    shards, openings = (
        ConcurrencyLimiter(settings.shards, settings.queue_shards),
        ConcurrencyLimiter(cores, settings.queue_pictures),
    )
    context = Context(settings, repository, verifiers, encoders, metrics, pool, shards, openings, Patience())

    keys = Keys(settings.keys_file) if settings.keys_file else None
    looks = [repository.refresh, verifiers.refresh, encoders.refresh]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Lane]]:
        # What is there now stays, and need not be gone through again and again while requests wait.
        gc.freeze()
        watch = Watch(settings.watch, *looks)
        watching = asyncio.create_task(watch.run())
        with obeyed(repository, watch):
            yield {"lane": Lane(context, keys)}
        watching.cancel()
        context.close()
        gc.unfreeze()

    app = FastAPIOffline(  # the documentation page without a script from elsewhere
        redoc_url=None,
        title="Inkcode",
        version=version("inkcode"),
        description="Pictures from generators whose latent code means something.",
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        responses=PROBLEMS,
    )
    app.state.context = context
    app.include_router(playground.router)  #           GET  /
    app.include_router(generate.router)  #       POST /generate
    app.include_router(traverse.router)  #       GET  /traverse
    app.include_router(interpolate.router)  #    GET  /interpolate
    app.include_router(encode.router)  #         POST /encode
    app.include_router(datasets.router)  #       GET  /datasets, and an index and shards of each
    app.include_router(lines.router)  #       GET, POST /lines
    app.include_router(models.router)  #         GET  /models, /models/{name}
    app.include_router(health.router)  #         GET  /livez, /readyz, /metrics
    app.include_router(open_inference.router)  # GET, POST /v2/...
    # Outside the framework's own layers, which `Express` passes by. HEAD first: the others see the request it makes.
    served: ASGIApp = BodyLimit(Express(app, context), settings.max_body)
    if keys:
        looks.append(keys.refresh)
        served = KeysOnly(served, keys)
    if settings.origins:
        served = CORSMiddleware(served, settings.origins, ["GET", "POST"], ["*"], expose_headers=EXPOSED)
    return HeadAsGet(Observe(served, metrics))


def from_environment() -> ASGIApp:
    """The service as the environment's settings have it."""
    return create_app(Settings())
