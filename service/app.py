"""The app: its parts, its routes and the policies that hold for every request."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import ASGIApp

from service.datasets.corpora import CorpusRepository
from service.datasets.shard_cache import ShardCache
from service.engine.limiter import Budget, ConcurrencyLimiter
from service.engine.repository.encoders import EncoderRepository
from service.engine.repository.models import ModelRepository
from service.engine.repository.verifiers import VerifierRepository
from service.engine.session import is_gpu_expected
from service.http.app_context import AppContext
from service.http.auth import ApiKeyAuth, KeyStore
from service.http.deadline import Deadline
from service.http.disconnect import DisconnectWatcher
from service.http.exception_handlers import HANDLERS
from service.http.fast_path import FastPath
from service.http.middleware.backpressure import Backpressure
from service.http.middleware.body_limit import BodyLimit
from service.http.middleware.compression import Compression
from service.http.middleware.cross_origin import CrossOrigin
from service.http.middleware.deadline_timeout import DeadlineTimeout
from service.http.middleware.decompression import Decompression
from service.http.middleware.head_as_get import HeadAsGet
from service.http.middleware.policy_middleware import PolicyMiddleware
from service.http.middleware.query_limit import QueryLimit
from service.http.middleware.root_path import RootPath
from service.http.openapi import complete, problems
from service.http.policies.access_log import AccessLog
from service.http.policies.admission import Admission
from service.http.policies.policy import Policy, PolicyChain
from service.http.policies.request_id import RequestId
from service.http.policies.request_metrics import RequestMetrics
from service.http.policies.require_host import RequireHost
from service.http.policies.security_headers import SecurityHeaders
from service.http.prepare_generate import SMALL_BODY
from service.http.routes import (
    corpora,
    datasets,
    documentation,
    encode,
    generate,
    health,
    interpolate,
    lines,
    models,
    open_inference,
    pages,
    playground,
    shards,
    traverse,
)
from service.metrics import Metrics
from service.open_inference.data_plane import DataPlane
from service.server.connection_limits import ConnectionLimits
from service.server.graceful_shutdown import signals_handled
from service.server.polling import Poller
from service.settings import Settings

_EXPOSED_HEADERS = (
    "Accept-Ranges",
    "Content-Range",
    "ETag",
    "Inference-Header-Content-Length",
    "Inkcode-Model",
    "Inkcode-Seed",
    "Retry-After",
    "Server-Timing",
    "X-Request-ID",
)


def create_app(settings: Settings, extra_policies: Sequence[Policy] = ()) -> ASGIApp:
    """The service with its models loaded. A bad model file does not raise: `/readyz` tells of it."""
    metrics = Metrics()
    repository = ModelRepository(settings, metrics.observer, metrics.count_reload)
    metrics.expose(repository, is_gpu_expected(settings.device))
    keys = KeyStore(settings.keys_file) if settings.keys_file else None
    context = _context(settings, repository, metrics)
    policies = PolicyChain(
        [
            RequestId(),
            RequestMetrics(metrics),
            *([AccessLog()] if settings.access_log else []),
            SecurityHeaders(),
            RequireHost(),
            *([ApiKeyAuth(keys)] if keys else []),
            Deadline(settings.deadline),
            Admission(repository),
            *extra_policies,
        ]
    )
    refresh = [repository.refresh, context.verifiers.refresh, context.encoders.refresh]
    if keys:
        refresh.append(keys.refresh)

    @asynccontextmanager
    async def grpc_served() -> AsyncIterator[None]:
        if not settings.grpc_port:
            yield
            return
        from service.grpc.server import serving  # grpcio is an extra

        async with serving(context, policies):
            yield

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, FastPath | ConnectionLimits]]:
        app.openapi()  # made once and kept; it takes 0.1 s
        # What is loaded by now lives as long as the process: full collections need not visit it.
        gc.collect()
        gc.freeze()
        poller = Poller(settings.watch, *refresh)
        polling = asyncio.create_task(poller.run())
        limits = ConnectionLimits.of(settings, metrics.count_refused)
        with signals_handled(repository, poller, settings.drain):
            async with grpc_served():
                yield {"fast_path": FastPath(context, policies), "connection_limits": limits}
        polling.cancel()
        context.close()
        gc.unfreeze()

    app = FastAPIOffline(  # serves the documentation page's scripts itself
        docs_url=None,
        redoc_url=None,
        title="Inkcode",
        version=version("inkcode"),
        description="Images from generators whose latent code means something.",
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        responses=problems(),
    )
    # FastAPI's own route encodes the OpenAPI document at each request; that of `documentation` keeps it encoded.
    app.router.routes[:] = [route for route in app.routes if getattr(route, "path", "") != app.openapi_url]
    complete(app, keys=keys is not None)
    app.state.context = context
    for routes in (
        playground,  #     GET  /
        documentation,  #  GET  /docs
        generate,  #       POST /generate
        traverse,  #       GET  /traverse
        interpolate,  #    GET  /interpolate
        encode,  #         POST /encode
        datasets,  #       GET  /datasets, and the index of each
        shards,  #         GET  /datasets/..., the shards of each
        corpora,  #        POST /corpora, GET /corpora/{id}
        lines,  #          GET  /lines, POST /lines
        pages,  #          POST /pages
        models,  #         GET  /models, /models/{name}
        health,  #         GET  /livez, /readyz, /metrics
        open_inference,  # GET, POST /v2/...
    ):
        app.include_router(routes.router)
    coded = Decompression(Backpressure(Compression(app, context.pool)), settings.max_body, context.bodies)
    limited = DeadlineTimeout(QueryLimit(BodyLimit(coded, settings.max_body, context.bodies)))
    served: ASGIApp = PolicyMiddleware(limited, policies)
    if settings.origins:
        served = CrossOrigin(served, settings.origins, ["GET", "POST"], ["*"], expose_headers=_EXPOSED_HEADERS)
    return RootPath(HeadAsGet(served), settings.root_path, settings.trusted_proxies)


def _context(settings: Settings, repository: ModelRepository, metrics: Metrics) -> AppContext:
    cores = os.cpu_count() or 1
    return AppContext(
        settings,
        repository,
        VerifierRepository(settings, repository.hangs),
        EncoderRepository(settings, repository),
        metrics,
        DataPlane(settings, repository, metrics),
        ThreadPoolExecutor(cores, thread_name_prefix="pool"),
        ConcurrencyLimiter(settings.shards, settings.queue_shards),
        ConcurrencyLimiter(cores, settings.queue_pictures),
        DisconnectWatcher(),
        Budget(settings.max_bodies, SMALL_BODY),
        Budget(settings.queue_pixels),
        Budget(settings.queue_tasks),
        ShardCache(settings.shard_cache, metrics.count_shard),
        CorpusRepository(settings.corpora, settings.corpora_size),
    )


def from_environment() -> ASGIApp:
    """The service with the settings of the environment."""
    return create_app(Settings())
